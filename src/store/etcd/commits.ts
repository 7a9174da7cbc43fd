import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { EtcdConnection } from './connection.ts';
import { CompactedError, EtcdError } from './errors.ts';
import type { Event, WatchRequestSchema, WatchResponse } from './generated/etcd_pb.ts';
import { Event_EventType } from './generated/etcd_pb.ts';
import type { Layout, StoredValue } from './layout.ts';
import { decodeHead, decodeValue } from './layout.ts';

/** One change of a commit. */
export interface Change {
  readonly key: string;
  readonly revision: number;
  /** Absent for a delete. */
  readonly value: StoredValue | undefined;
  /** What was there before, where the watch asks for it. */
  readonly previous: StoredValue | undefined;
}

/** All that one commit of some process changed, as etcd tells of it. */
export interface SeenCommit {
  readonly batch: string;
  /** The store's newest revision after it. */
  readonly revision: number;
  /** Etcd's own. */
  readonly etcdRevision: number;
  readonly changes: readonly Change[];
  /** False when etcd has compacted a part of it. */
  readonly isWhole: boolean;
}

/** Puts the events of one transaction together again: its last one is the head's. */
class Collector {
  readonly #layout: Layout;
  #events: Event[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  add(event: Event): SeenCommit | undefined {
    const { kv } = event;
    if (kv === undefined) return undefined;
    if (!this.#layout.isHead(kv.key)) {
      if (this.#layout.keyOf(kv.key) !== undefined) this.#events.push(event);
      return undefined;
    }
    if (event.type === Event_EventType.DELETE) throw new EtcdError('the store has been deleted in etcd');
    const head = decodeHead(kv.value);
    const events = this.#events;
    this.#events = [];
    const first = head.revision - head.changes + 1;
    const isWhole = events.length === head.changes;
    const changes = isWhole ? events.map((one, index) => this.#change(one, first + index)) : [];
    return { batch: head.batch, revision: head.revision, etcdRevision: Number(kv.modRevision), changes, isWhole };
  }

  #change({ type, kv, prevKv }: Event, revision: number): Change {
    const key = kv === undefined ? undefined : this.#layout.keyOf(kv.key);
    if (kv === undefined || key === undefined) throw new EtcdError('etcd told of a change of nothing');
    const value = type === Event_EventType.PUT ? decodeValue(kv.value, key) : undefined;
    if (value !== undefined && value.revision !== revision) {
      throw new EtcdError(`etcd told of revision ${value.revision} of ${key} where ${revision} belongs`);
    }
    const previous = prevKv === undefined ? undefined : decodeValue(prevKv.value, key);
    return { key, revision, value, previous };
  }
}

function checkAlive(response: WatchResponse): void {
  if (!response.canceled) return;
  if (response.compactRevision > 0n) throw new CompactedError(Number(response.compactRevision));
  throw new ConnectError(`the watch was ended: ${response.cancelReason}`, Code.Unavailable);
}

export interface FollowOptions {
  readonly connection: EtcdConnection;
  readonly layout: Layout;
  /** Etcd's revision of the first commit to tell of. */
  readonly from: number;
  readonly withPrevious: boolean;
  readonly signal: AbortSignal;
  /** Called when etcd has taken the watch. */
  readonly onStarted?: () => void;
}

/** The commits from a revision of etcd's on, as they come; throws CompactedError when the first are gone. */
export async function* followCommits(options: FollowOptions): AsyncGenerator<SeenCommit> {
  const { connection, layout, from, withPrevious, signal, onStarted } = options;
  const over = Promise.withResolvers<void>();
  const create = { ...layout.all, startRevision: BigInt(from), prevKv: withPrevious };
  // The request must stay open: its end would be the watch's.
  async function* requests(): AsyncGenerator<MessageInitShape<typeof WatchRequestSchema>> {
    yield { requestUnion: { case: 'createRequest', value: create } };
    await over.promise;
  }
  const collector = new Collector(layout);
  try {
    for await (const response of connection.member.watch.watch(requests(), { signal })) {
      checkAlive(response);
      if (response.created) onStarted?.();
      for (const event of response.events) {
        const commit = collector.add(event);
        if (commit !== undefined) yield commit;
      }
    }
  } finally {
    over.resolve();
  }
}
