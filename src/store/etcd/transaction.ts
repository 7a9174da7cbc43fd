import type { MessageInitShape } from '@bufbuild/protobuf';
import type { StoreEvent } from '../store.ts';
import { EtcdError } from './errors.ts';
import type { TxnRequestSchema, TxnResponse } from './generated/etcd_pb.ts';
import { Compare_CompareResult, Compare_CompareTarget } from './generated/etcd_pb.ts';
import type { Layout } from './layout.ts';
import { encodeHead, encodeValue } from './layout.ts';

type TxnRequest = MessageInitShape<typeof TxnRequestSchema>;
type Operation = NonNullable<TxnRequest['success']>[number];

interface CommitParts {
  readonly events: readonly StoreEvent[];
  readonly batch: string;
  /** Etcd's revision of the commit before; 0 for the first of all. */
  readonly headRevision: number;
}

/** The transaction that makes events durable, all or none, if the commit before is still the newest. */
export function commitRequest(layout: Layout, { events, batch, headRevision }: CommitParts): TxnRequest {
  const operations = events.map(({ type, key, revision, current }): Operation => {
    const etcdKey = layout.objectKey(key);
    if (type === 'delete') return { request: { case: 'requestDeleteRange', value: { key: etcdKey } } };
    const value = encodeValue({ revision, json: current.json });
    return { request: { case: 'requestPut', value: { key: etcdKey, value } } };
  });
  const head = { revision: events.at(-1)?.revision ?? 0, batch, changes: events.length };
  const unchanged = {
    result: Compare_CompareResult.EQUAL,
    target: Compare_CompareTarget.MOD,
    key: layout.head,
    targetUnion: { case: 'modRevision' as const, value: BigInt(headRevision) },
  };
  return {
    compare: [unchanged],
    // The head comes last: who hears of it has heard of all before.
    success: [...operations, { request: { case: 'requestPut', value: { key: layout.head, value: encodeHead(head) } } }],
    failure: [{ request: { case: 'requestRange', value: { key: layout.head } } }],
  };
}

/** Etcd's revision of the newest commit, from the answer to one that came too late. */
export function headOfFailure({ responses }: TxnResponse): number {
  const response = responses[0]?.response;
  const head = response?.case === 'responseRange' ? response.value.kvs[0] : undefined;
  if (head === undefined) throw new EtcdError('the store has been deleted in etcd');
  return Number(head.modRevision);
}
