import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readFileIfExists, removeIfExists, withTemporaryFile, writeFileAtomic } from './files.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cox-files-'));
});
after(() => rm(directory, { recursive: true }));

test('a file is replaced whole, with the mode asked for, and nothing else is left', async () => {
  const path = join(directory, 'a');
  await writeFileAtomic(path, 'one', { mode: 0o666 });
  await writeFileAtomic(path, 'two', { mode: 0o640, durable: true });
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.equal((await stat(path)).mode & 0o777, 0o640);
  assert.deepEqual(await readdir(directory), ['a']);
});

test('a failed write leaves nothing behind', async () => {
  await assert.rejects(writeFileAtomic(join(directory, 'none', 'a'), ''), { code: 'ENOENT' });
  assert.equal(await readFileIfExists(join(directory, 'none', 'a')), undefined);
});

test('a temporary file goes away, also when its use fails', async () => {
  const seen = await withTemporaryFile(directory, 'text', (path) => readFile(path, 'utf8'));
  assert.equal(seen, 'text');
  await assert.rejects(
    withTemporaryFile(directory, '', () => Promise.reject(new Error('use'))),
    /use/,
  );
  assert.equal(await removeIfExists(join(directory, 'a')), true);
  assert.equal(await removeIfExists(join(directory, 'a')), false);
  assert.deepEqual(await readdir(directory), []);
});
