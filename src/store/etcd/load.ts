import type { EtcdConnection } from './connection.ts';
import { CompactedError, EtcdError, isCompacted } from './errors.ts';
import type { SeenCommit } from './commits.ts';
import { followCommits } from './commits.ts';
import type { KeyValue, RangeResponse } from './generated/etcd_pb.ts';
import type { Head, Layout, StoredValue } from './layout.ts';
import { decodeHead, decodeValue } from './layout.ts';

/** What was found in etcd. */
export interface Snapshot {
  /** Undefined in an etcd that has no store yet. */
  readonly head: Head | undefined;
  /** Etcd's revision of the newest commit; where there is none, of what it showed. */
  readonly etcdRevision: number;
  readonly objects: ReadonlyMap<string, StoredValue>;
  /** The store's revision before the oldest of `commits`. */
  readonly compactedRevision: number;
  /** The newest commits, oldest first, with what they replaced. */
  readonly commits: readonly SeenCommit[];
}

const pageSize = 1000n;
const patienceMs = 10_000;
const attempts = 5;
const firstRevision = 1;

interface Source {
  readonly connection: EtcdConnection;
  readonly layout: Layout;
  /** So many of the newest events are wanted. */
  readonly maxEvents: number;
}

function range(
  { connection }: Source,
  request: { key: Uint8Array; rangeEnd?: Uint8Array; limit?: bigint; revision?: bigint },
): Promise<RangeResponse> {
  return connection.call((kv, options) => kv.range(request, options), patienceMs);
}

async function objectsAt(source: Source, revision: number): Promise<ReadonlyMap<string, StoredValue>> {
  const { layout } = source;
  const objects = new Map<string, StoredValue>();
  let { key } = layout.objects;
  for (;;) {
    const page = await range(source, { ...layout.objects, key, limit: pageSize, revision: BigInt(revision) });
    for (const kv of page.kvs) addObject(layout, kv, objects);
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return objects;
    key = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

function addObject(layout: Layout, { key, value }: KeyValue, objects: Map<string, StoredValue>): void {
  const own = layout.keyOf(key);
  if (own !== undefined) objects.set(own, decodeValue(value, own));
}

interface Past {
  readonly compactedRevision: number;
  readonly commits: readonly SeenCommit[];
}

/** The commits from `from` on up to the one at `to`, and where the store stood before them. */
async function pastFrom(source: Source, from: number, to: number): Promise<Past> {
  const stop = new AbortController();
  const commits: SeenCommit[] = [];
  const options = { connection: source.connection, layout: source.layout, withPrevious: true, signal: stop.signal };
  try {
    for await (const commit of followCommits({ ...options, from })) {
      // Of one just where etcd has compacted, a part may be gone.
      if (commit.isWhole) commits.push(commit);
      else commits.length = 0;
      if (commit.etcdRevision < to) continue;
      const [oldest = commit] = commits;
      return { compactedRevision: oldest.revision - oldest.changes.length, commits };
    }
  } finally {
    stop.abort();
  }
  throw new EtcdError(`etcd at ${source.connection.url} ended its answer early`);
}

/** As much of the history as etcd has and is wanted; none when it is being compacted too fast. */
async function readPast(source: Source, head: Head, etcdRevision: number): Promise<Past> {
  let from = Math.max(etcdRevision - source.maxEvents + 1, 1);
  for (let attempt = 0; attempt < attempts && from <= etcdRevision; attempt += 1) {
    try {
      return await pastFrom(source, from, etcdRevision);
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      from = error.revision + 1;
    }
  }
  return { compactedRevision: head.revision, commits: [] };
}

/** Reads the store: all objects as they are now, and its newest history. */
export async function loadSnapshot(source: Source): Promise<Snapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await range(source, { key: source.layout.head });
    const [kv] = found.kvs;
    if (kv === undefined) {
      const etcdRevision = Number(found.header?.revision ?? 0n);
      return { head: undefined, etcdRevision, objects: new Map(), compactedRevision: firstRevision, commits: [] };
    }
    const head = decodeHead(kv.value);
    const etcdRevision = Number(kv.modRevision);
    try {
      const objects = await objectsAt(source, etcdRevision);
      return { head, etcdRevision, objects, ...(await readPast(source, head, etcdRevision)) };
    } catch (error) {
      // Somebody compacted while it was read: what is there now is newer.
      if (!isCompacted(error) || attempt === attempts) throw error;
    }
  }
}
