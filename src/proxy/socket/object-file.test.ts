import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mapLayouts, programs } from './layout.ts';
import { readObject } from './object-file.ts';

const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, name));

test('the object file is the one that was built from this source', () => {
  const digests = ['service.bpf.c', 'service.bpf.o'].map((name) => {
    return `${createHash('sha256').update(read(name)).digest('hex')}  ${name}\n`;
  });
  assert.equal(read('service.bpf.sha256').toString(), digests.join(''), 'run build.ts after a change');
});

test('every program is in the object file, and wants only maps that are made', () => {
  const object = readObject(read('service.bpf.o'));
  assert.deepEqual([...object.keys()].toSorted(), programs.map(({ name }) => name).toSorted());
  const wanted = new Set([...object.values()].flatMap(({ maps }) => maps.map(({ name }) => name)));
  assert.deepEqual([...wanted].toSorted(), mapLayouts.map(({ name }) => name).toSorted());
});
