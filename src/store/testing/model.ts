import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { KubeObject } from '../../api/object.ts';
import type { Store, StoredObject, StoreEvent } from '../store.ts';
import { StoreError } from '../store.ts';

interface Write {
  readonly type: 'create' | 'update' | 'delete';
  readonly key: string;
  /** How many revisions behind the newest version of the key the expected one is. */
  readonly behind: number;
}
/** Writes that are asked for in one turn, then perhaps a compaction so many revisions back. */
export interface Step {
  readonly writes: readonly Write[];
  readonly compact: number | undefined;
}

const keys = ['/a/1', '/a/2', '/a/3', '/b/1', '/ab'];
const write = fc.record({
  type: fc.constantFrom<Write['type'][]>('create', 'update', 'update', 'delete'),
  key: fc.constantFrom(...keys),
  behind: fc.constantFrom(0, 0, 0, 1, 7),
});
export const stepsArbitrary: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    writes: fc.array(write, { maxLength: 8 }),
    compact: fc.option(fc.nat(20), { freq: 8, nil: undefined }),
  }),
  { maxLength: 12 },
);

type Contents = ReadonlyMap<string, number>;

/** The whole history, kept in the simplest way: the contents at every revision. */
class Model {
  readonly contents: Contents[] = [new Map(), new Map()];
  readonly log: string[] = [];

  get revision(): number {
    return this.contents.length - 1;
  }

  get(key: string, revision = this.revision): number | undefined {
    return this.contents[revision]?.get(key);
  }

  /** Does a write if it may be done; what the caller is told. */
  write({ type, key }: Write, expected: number): string {
    const present = this.get(key);
    if (type === 'create' && present !== undefined) return `exists ${present}`;
    if (type !== 'create' && present !== expected) return `conflict ${String(present)}`;
    const revision = this.revision + 1;
    const next = new Map(this.contents.at(-1));
    if (type === 'delete') next.delete(key);
    else next.set(key, revision);
    this.contents.push(next);
    this.log.push(`${type === 'delete' ? 'delete' : 'put'} ${key} ${revision} ${String(present)}`);
    return `done ${revision}`;
  }

  /** The keys under a prefix and the revisions of their versions, in order. */
  list(prefix: string, revision: number): string[] {
    const found = [...(this.contents[revision] ?? [])].filter(([key]) => key.startsWith(prefix));
    return found.map(([key, version]) => `${key} ${version}`).toSorted();
  }
}

/** Runs steps on a store and on the model and asserts that nothing tells the two apart. */
export async function checkAgainstModel(store: Store, steps: readonly Step[]): Promise<void> {
  const model = new Model();
  const live: string[] = [];
  store.watch('/', 1, (event) => live.push(describe(event)));
  for (const { writes, compact } of steps) {
    const expected: string[] = [];
    const outcomes = writes.map((asked) => {
      const revision = (model.get(asked.key) ?? model.revision) - asked.behind;
      expected.push(model.write(asked, revision));
      return outcome(perform(store, asked, revision));
    });
    assert.deepEqual(await Promise.all(outcomes), expected);
    if (compact !== undefined) await store.compact(Math.max(model.revision - compact, 1));
  }
  assert.equal(store.revision, model.revision);
  assert.deepEqual(live, model.log);
  await checkHistory(store, model);
}

async function checkHistory(store: Store, model: Model): Promise<void> {
  for (let revision = store.compactedRevision; revision <= model.revision; revision += 1) {
    for (const prefix of ['', '/a', '/a/', '/b/']) {
      const { items, remaining } = await store.list(prefix, { revision });
      assert.deepEqual([...items.map(shown), remaining], [...model.list(prefix, revision), 0], `at ${revision}`);
    }
    assert.deepEqual(await pages(store, revision), model.list('/a', revision), `pages at ${revision}`);
    for (const key of keys) assert.equal((await store.get(key, { revision }))?.revision, model.get(key, revision));
    const seen: string[] = [];
    store.watch('/', revision, (event) => seen.push(describe(event))).stop();
    assert.deepEqual(seen, model.log.slice(revision - 1), `from ${revision}`);
  }
}

async function pages(store: Store, revision: number): Promise<string[]> {
  const found: StoredObject[] = [];
  for (;;) {
    const last = found.at(-1)?.key;
    const startAfter = last === undefined ? {} : { startAfter: last };
    const page = await store.list('/a', { revision, limit: 2, ...startAfter });
    found.push(...page.items);
    assert.equal(page.remaining + found.length, (await store.list('/a', { revision })).items.length);
    if (page.remaining === 0) return found.map(shown);
  }
}

function perform(store: Store, { type, key }: Write, expected: number): Promise<StoredObject> {
  const object = { apiVersion: 'v1', kind: 'Sample', metadata: { name: key } } as KubeObject;
  if (type === 'create') return store.create(key, object);
  return type === 'update' ? store.update(key, object, expected) : store.delete(key, expected);
}

async function outcome(result: Promise<StoredObject>): Promise<string> {
  try {
    return `done ${(await result).revision}`;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return `${error.code} ${String(error.current?.revision)}`;
  }
}

function shown({ key, revision }: StoredObject): string {
  return `${key} ${revision}`;
}

function describe({ type, key, revision, current, previous }: StoreEvent): string {
  assert.equal(current.object.metadata.resourceVersion, String(revision));
  return `${type} ${key} ${revision} ${String(previous?.revision)}`;
}
