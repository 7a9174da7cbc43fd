import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/kinds.ts';
import { createMemoryStore } from '../../store/testing/memory-store.ts';
import { createLogger } from '../../system/logger.ts';
import { ConversionPending } from '../registry/conversion.ts';
import { BookmarkClock } from './bookmark-clock.ts';
import { FanOut } from './fan-out.ts';
import type { FrameWriter } from './frames.ts';
import { objectFrames } from './frames.ts';
import type { WatchPlan } from './watch-session.ts';
import { WatchSession } from './watch-session.ts';

const kind = kinds.find((each) => each.kind === 'ConfigMap' && each.group === '');
assert.ok(kind !== undefined);
const frames = objectFrames(kind, kind);
const map = (name: string): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } }) as unknown as KubeObject;

function started(options: Partial<WatchPlan> = {}) {
  const store = createMemoryStore();
  const pieces: Buffer[] = [];
  const reader = { keepsUp: true, destroyed: false, ended: false, drain: () => {} };
  const plan = {
    store,
    fanOut: new FanOut(store, createLogger('test')),
    clock: new BookmarkClock(store),
    prefix: '/configmaps/',
    matches: undefined,
    frames,
    initial: [],
    revision: store.revision,
    bookmarks: false,
    announceInitialEnd: false,
    timeoutMs: 60_000,
    ended: () => {},
    ...options,
  };
  new WatchSession(plan, {
    write(piece) {
      pieces.push(piece);
      return reader.keepsUp;
    },
    end: () => {
      reader.ended = true;
    },
    destroy: () => {
      reader.destroyed = true;
    },
    onDrain: (listener) => {
      reader.drain = listener;
    },
    onClose: () => {},
  }).start();
  const lines = (): readonly string[] =>
    Buffer.concat(pieces)
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { type: string; object: KubeObject & { message?: string } })
      .map(({ type, object }) => (type === 'ERROR' ? `ERROR ${object.message}` : object.metadata.name));
  return { store, pieces, reader, lines };
}

describe('a watch session', () => {
  it('writes all events of a commit in one piece', async () => {
    const { store, pieces, lines } = started();
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => store.create(`/configmaps/default/${name}`, map(name))));
    assert.equal(pieces.length, 1);
    assert.deepEqual(lines(), names);
  });

  it('waits for its reader, and misses nothing', async () => {
    const { store, pieces, reader, lines } = started();
    reader.keepsUp = false;
    const names = Array.from({ length: 10 }, (_, index) => `map-${index}`);
    for (const name of names) await store.create(`/configmaps/default/${name}`, map(name));
    assert.equal(pieces.length, 1);
    reader.keepsUp = true;
    reader.drain();
    assert.equal(pieces.length, 2);
    assert.deepEqual(lines(), names);
  });

  it('is cut off when its reader is too far behind', async () => {
    const { store, reader } = started();
    reader.keepsUp = false;
    const write = (index: number) => store.create(`/configmaps/default/${index}`, map(String(index)));
    await Promise.all(Array.from({ length: 4000 }, (_, index) => write(index)));
    assert.equal(reader.destroyed, false);
    await Promise.all(Array.from({ length: 1000 }, (_, index) => write(4000 + index)));
    assert.equal(reader.destroyed, true);
  });

  it('ends with an error when a line cannot be written, and leaves none out', async () => {
    const broken = {
      ...frames,
      change: (...[type, stored]: Parameters<FrameWriter['change']>) => {
        if (stored.key.endsWith('bad')) throw new Error('no such field');
        return frames.change(type, stored);
      },
    };
    const { store, reader, lines } = started({ frames: broken });
    await Promise.all(['a', 'bad', 'c'].map((name) => store.create(`/configmaps/default/${name}`, map(name))));
    assert.equal(reader.ended, true);
    assert.equal(lines()[0], 'a');
    assert.match(lines()[1] ?? '', /^ERROR /);
    assert.equal(lines().length, 2);
  });

  it('writes nothing twice while an object waits for its conversion and the reader for room', async () => {
    const converted = Promise.withResolvers<void>();
    let isConverted = false;
    let asked = 0;
    const slow = {
      ...frames,
      change: (...[type, stored]: Parameters<FrameWriter['change']>) => {
        if (!isConverted && stored.key.endsWith('b')) {
          throw new ConversionPending(() => {
            asked += 1;
            return converted.promise;
          });
        }
        return frames.change(type, stored);
      },
    };
    const { store, reader, lines } = started({ frames: slow, waitsForConversion: true });
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => store.create(`/configmaps/default/${name}`, map(name))));
    reader.drain();
    assert.deepEqual(lines(), ['a']);
    isConverted = true;
    converted.resolve();
    await converted.promise;
    await Promise.resolve();
    assert.deepEqual(lines(), names);
    assert.equal(asked, 1);
  });
});
