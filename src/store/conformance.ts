// oxlint-disable typescript/no-floating-promises -- node:test awaits its suites and tests itself
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../api/object.ts';
import type { Store, StoreErrorCode, StoreEvent } from './store.ts';
import { StoreError } from './store.ts';
import { checkAgainstModel, stepsArbitrary } from './testing/model.ts';

/** An object with a value of its own, for tests. */
export function sample(name: string, value: unknown = name): KubeObject {
  const metadata = { name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'Sample', metadata, value } as KubeObject;
}

function valueOf(object: KubeObject | undefined): unknown {
  return object === undefined ? undefined : Reflect.get(object, 'value');
}

/** Asserts that a promise or a function fails with a StoreError of this code, and returns it. */
export async function refusal(code: StoreErrorCode, action: () => unknown): Promise<StoreError> {
  const error = await Promise.try(action).then(
    () => assert.fail(`was not refused with ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

function brief({ type, key, revision, current, previous }: StoreEvent): string {
  return `${type} ${key}@${revision} ${String(valueOf(current.object))} was ${String(valueOf(previous?.object))}`;
}

/** What every driver must do; `open` makes an empty store, which the suite closes; so many `histories` are tried. */
export function describeStore(name: string, open: () => Promise<Store>, histories = 25): void {
  describe(`store: ${name}`, () => {
    let store: Store;
    const current = (): Store => store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    describe('writes', () => describeWrites(current));
    describe('reads', () => describeReads(current));
    describe('watches', () => describeWatches(current));
    describe('closing', () => describeClosing(current));
  });

  it(`store: ${name}: does as a simple model does, whatever the history`, async () => {
    await fc.assert(
      fc.asyncProperty(stepsArbitrary, async (steps) => {
        const store = await open();
        try {
          await checkAgainstModel(store, steps);
        } finally {
          await store.close();
        }
      }),
      { numRuns: histories },
    );
  });
}

function describeWrites(store: () => Store): void {
  it('begins at revision 1 and counts every write', async () => {
    assert.equal(store().revision, 1);
    const a = await store().create('/a', sample('a'));
    const b = await store().update('/a', sample('a', 2), a.revision);
    const c = await store().delete('/a', b.revision);
    assert.deepEqual([a.revision, b.revision, c.revision, store().revision], [2, 3, 4, 4]);
  });

  it('stamps the revision on text and object, which are frozen', async () => {
    const object = { ...sample('a', 'ü'), metadata: { ...sample('a').metadata, resourceVersion: '99' } } as KubeObject;
    const written = await store().create('/a', object);
    const read = await store().get('/a');
    assert.equal(read?.json.toString(), JSON.stringify(read?.object));
    assert.equal(read?.object.metadata.resourceVersion, '2');
    assert.equal(valueOf(read?.object), 'ü');
    assert.equal(written.json.buffer, read?.json.buffer, 'the text is encoded once');
    assert.ok(Object.isFrozen(read?.object.metadata));
    assert.equal(object.metadata.resourceVersion, '99', 'what came in is not touched');
  });

  it('refuses to create what exists, and says what does', async () => {
    const there = await store().create('/a', sample('a', 1));
    const error = await refusal('exists', () => store().create('/a', sample('a', 2)));
    assert.equal(error.current, there);
    assert.equal(store().revision, 2);
  });

  it('refuses to change what has changed or is gone', async () => {
    const first = await store().create('/a', sample('a', 1));
    const second = await store().update('/a', sample('a', 2), first.revision);
    const late = await refusal('conflict', () => store().update('/a', sample('a', 3), first.revision));
    assert.equal(late.current, second);
    assert.equal((await refusal('conflict', () => store().delete('/a', first.revision))).current, second);
    await store().delete('/a', second.revision);
    for (const write of [() => store().update('/a', sample('a'), 3), () => store().delete('/a', 3)]) {
      assert.equal((await refusal('conflict', write)).current, undefined);
    }
    assert.equal(store().revision, 4);
  });

  it('returns from a delete the last version with the revision of the delete', async () => {
    const made = await store().create('/a', sample('a', 1));
    const deleted = await store().delete('/a', made.revision);
    assert.equal(deleted.object.metadata.resourceVersion, '3');
    assert.equal(valueOf(deleted.object), 1);
    assert.equal(await store().get('/a'), undefined);
    assert.equal((await store().create('/a', sample('a', 2))).revision, 4);
  });

  it('decides the writes of one turn in their order, each on top of the one before', async () => {
    const outcomes = await Promise.allSettled([
      store().create('/a', sample('a', 1)),
      store().create('/a', sample('a', 2)),
      store().update('/a', sample('a', 3), 2),
      store().update('/a', sample('a', 4), 2),
      store().delete('/a', 3),
      store().create('/a', sample('a', 5)),
    ]);
    const shown = outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') return outcome.value.revision;
      return outcome.reason instanceof StoreError ? [outcome.reason.code, outcome.reason.current?.revision] : outcome;
    });
    assert.deepEqual(shown, [2, ['exists', 2], 3, ['conflict', 3], 4, 5]);
    assert.equal(valueOf((await store().get('/a'))?.object), 5);
  });

  it('shows a write to nobody before it is stored', async () => {
    const write = store().create('/a', sample('a'));
    assert.equal(await store().get('/a'), undefined);
    assert.equal(store().revision, 1);
    // A refusal on the ground of it would give it away too.
    const refused = refusal('exists', () => store().create('/a', sample('a')));
    const first = await Promise.race([write.then(() => 'write'), refused.then(() => 'refusal')]);
    assert.equal(first, 'write');
    await refused;
  });
}

function describeReads(store: () => Store): void {
  const names = async (prefix: string, options = {}): Promise<unknown[]> => {
    const { items, remaining } = await store().list(prefix, options);
    return [...items.map(({ key }) => key), remaining];
  };

  it('lists by prefix in the order of the keys', async () => {
    for (const key of ['/b/2', '/a/1', '/b/10', '/bb/1', '/b/é', '/b/1']) await store().create(key, sample(key));
    assert.deepEqual(await names('/b/'), ['/b/1', '/b/10', '/b/2', '/b/é', 0]);
    assert.deepEqual(await names('/c/'), [0]);
    assert.equal((await names('')).length, 7);
    assert.deepEqual([store().count('/b/'), store().count(''), store().count('/c')], [4, 6, 0]);
  });

  it('pages through a list as it was, whatever happens meanwhile', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await store().create(`/${name}`, sample(name));
    const first = await store().list('/', { limit: 2 });
    assert.deepEqual([first.items.map(({ key }) => key), first.remaining, first.revision], [['/a', '/b'], 3, 6]);
    await store().delete('/c', 4);
    await store().create('/bb', sample('bb'));
    await store().update('/d', sample('d', 'new'), 5);
    const second = await store().list('/', { limit: 2, revision: 6, startAfter: '/b' });
    assert.deepEqual([second.items.map(({ key }) => key), second.remaining, second.revision], [['/c', '/d'], 1, 6]);
    assert.equal(valueOf(second.items[1]?.object), 'd');
    assert.deepEqual(await names('/', { limit: 2, revision: 6, startAfter: '/d' }), ['/e', 0]);
    assert.deepEqual(await names('/', { startAfter: '/b' }), ['/bb', '/d', '/e', 0]);
  });

  it('gets an object as it was', async () => {
    await store().create('/a', sample('a', 1));
    await store().update('/a', sample('a', 2), 2);
    await store().delete('/a', 3);
    await store().create('/a', sample('a', 3));
    const values = [];
    for (const revision of [1, 2, 3, 4, 5]) values.push(valueOf((await store().get('/a', { revision }))?.object));
    assert.deepEqual(values, [undefined, 1, 2, undefined, 3]);
  });

  it('knows nothing of what was compacted, nor of what is to come', async () => {
    for (const name of ['a', 'b', 'c']) await store().create(`/${name}`, sample(name));
    await store().compact(3);
    assert.equal(store().compactedRevision, 3);
    await refusal('compacted', () => store().get('/a', { revision: 2 }));
    await refusal('compacted', () => store().list('/', { revision: 2 }));
    await refusal('compacted', () => store().watch('/', 2, () => undefined));
    assert.deepEqual(await names('/', { revision: 3 }), ['/a', '/b', 0]);
    await refusal('future', () => store().get('/a', { revision: 5 }));
    await refusal('future', () => store().list('/', { revision: 5 }));
    await refusal('future', () => store().watch('/', 5, () => undefined));
    await refusal('future', () => store().compact(5));
    await store().compact(2);
    assert.equal(store().compactedRevision, 3);
  });
}

function describeWatches(store: () => Store): void {
  it('tells first what has been, then what comes, each once and in order', async () => {
    const a = await store().create('/w/a', sample('a', 1));
    await store().create('/other', sample('other'));
    const seen: string[] = [];
    const watch = store().watch('/w/', 1, (event) => seen.push(brief(event)));
    assert.deepEqual(seen, ['put /w/a@2 1 was undefined']);
    const late: string[] = [];
    store().watch('/w/', store().revision, (event) => late.push(brief(event)));
    await Promise.all([
      store().update('/w/a', sample('a', 2), a.revision),
      store().create('/x', sample('x')),
      store().delete('/w/a', 4),
    ]);
    const after = ['put /w/a@4 2 was 1', 'delete /w/a@6 2 was 2'];
    assert.deepEqual(late, after);
    assert.deepEqual(seen.slice(1), after);
    watch.stop();
    watch.stop();
    await store().create('/w/b', sample('b'));
    assert.deepEqual([seen.length, late.length], [3, 3]);
  });

  it('calls listeners when a read shows what they hear of, and commit listeners after all', async () => {
    const order: string[] = [];
    const progress = store().onCommit((revision) => order.push(`commit ${revision}`));
    store().watch('/', 1, ({ revision }) =>
      order.push(`event ${revision} of ${store().revision}, ${store().count('/')}`),
    );
    await Promise.all([store().create('/a', sample('a')), store().create('/b', sample('b'))]);
    assert.deepEqual(order, ['event 2 of 3, 2', 'event 3 of 3, 2', 'commit 3']);
    progress.stop();
    await store().create('/c', sample('c'));
    assert.equal(order.at(-1), 'event 4 of 4, 3');
  });

  it('lets a listener start and stop watches', async () => {
    const inner: number[] = [];
    const stopped: number[] = [];
    const outer = store().watch('/', 1, () => {
      outer.stop();
      other.stop();
      store().watch('/', 1, ({ revision }) => inner.push(revision));
    });
    const other = store().watch('/', 1, ({ revision }) => stopped.push(revision));
    await Promise.all([store().create('/a', sample('a')), store().create('/b', sample('b'))]);
    assert.deepEqual([inner, stopped], [[2, 3], []]);
  });

  it('keeps events from nobody when a listener throws', async () => {
    const seen: number[] = [];
    const fail = (): void => {
      throw new Error('a listener fails on purpose');
    };
    store().watch('/', 1, fail);
    store().onCommit(fail);
    store().watch('/', 1, ({ revision }) => seen.push(revision));
    store().onCommit((revision) => seen.push(revision));
    await store().create('/a', sample('a'));
    assert.deepEqual(seen, [2, 2]);
  });
}

function describeClosing(store: () => Store): void {
  it('stores what was accepted, refuses the rest', async () => {
    const accepted = store().create('/a', sample('a'));
    const closed = store().close();
    await refusal('closed', () => store().create('/b', sample('b')));
    assert.equal((await accepted).revision, 2);
    await closed;
    await refusal('closed', () => store().update('/a', sample('a'), 2));
    await refusal('closed', () => store().delete('/a', 2));
    await store().close();
  });
}
