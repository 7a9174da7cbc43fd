import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredImage } from './image-garbage.ts';
import { imagesToRemove } from './image-garbage.ts';

const minute = 60_000;
const now = 100 * minute;

function image(id: string, fields: Partial<StoredImage> = {}): StoredImage {
  return { id, names: [`example.com/${id}:1`], bytes: 10, lastUsed: 0, firstSeen: 0, inUse: false, ...fields };
}

test('images go in the order in which they were used last, until there is room', () => {
  const all = [image('newer', { lastUsed: 50 * minute }), image('older', { lastUsed: 10 * minute }), image('never')];
  assert.deepEqual(
    imagesToRemove(all, 15, [], now).map(({ id }) => id),
    ['never', 'older'],
  );
});

test('images in use, new ones and those to keep stay', () => {
  const all = [image('used', { inUse: true }), image('new', { firstSeen: now - minute }), image('pause')];
  assert.deepEqual(imagesToRemove(all, 1000, ['example.com/pause:'], now), []);
});
