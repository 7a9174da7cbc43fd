import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Payload } from './atomic-writer.ts';
import { pathFault, writePayload } from './atomic-writer.ts';

const files = (entries: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

describe('writePayload', () => {
  let root: string;
  let directory: string;
  let count = 0;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'cox-atomic-'));
  });
  after(() => rm(root, { recursive: true }));
  const fresh = async (): Promise<string> => {
    directory = join(root, String(count++));
    await mkdir(directory);
    return directory;
  };
  const read = (path: string): Promise<string> => readFile(join(directory, path), 'utf8');
  const visible = async (): Promise<string[]> => (await readdir(directory)).filter((name) => !name.startsWith('..'));

  it('lays files out behind links, with their permissions', async () => {
    await fresh();
    assert.equal(await writePayload(directory, files({ a: '1', 'conf/b.ini': '2' }, 0o400)), true);
    assert.equal(await read('a'), '1');
    assert.equal(await read('conf/b.ini'), '2');
    assert.equal(await readlink(join(directory, 'conf')), '..data/conf');
    assert.match(await readlink(join(directory, '..data')), /^\.\.\d{4}(_\d\d){5}\.\d+$/);
    assert.equal((await lstat(join(directory, '..data', 'a'))).mode & 0o777, 0o400);
  });

  it('changes nothing when nothing has changed', async () => {
    await fresh();
    await writePayload(directory, files({ a: '1' }));
    const before = await readlink(join(directory, '..data'));
    assert.equal(await writePayload(directory, files({ a: '1' })), false);
    assert.equal(await readlink(join(directory, '..data')), before);
  });

  it('replaces, adds and takes away, and leaves nothing old behind', async () => {
    await fresh();
    await writePayload(directory, files({ a: '1', gone: 'x', 'd/e': 'y' }));
    assert.equal(await writePayload(directory, files({ a: '2', new: 'z' })), true);
    assert.deepEqual((await visible()).toSorted(), ['a', 'new']);
    assert.equal(await read('a'), '2');
    assert.equal((await readdir(directory)).filter((name) => /^\.\.\d/.test(name)).length, 1);
  });

  it('finishes what a crash left half done', async () => {
    await fresh();
    await writePayload(directory, files({ a: '1', b: '2' }));
    await unlink(join(directory, 'b'));
    await symlink('nowhere', join(directory, '..data_tmp'));
    await symlink('..data/stale', join(directory, 'stale'));
    assert.equal(await writePayload(directory, files({ a: '1', b: '2' })), false);
    assert.deepEqual((await visible()).toSorted(), ['a', 'b']);
    assert.equal(await writePayload(directory, files({ a: '3' })), true);
    assert.deepEqual(await readdir(directory).then((names) => names.filter((name) => name.endsWith('_tmp'))), []);
  });

  it('shows the old files while the new ones are being prepared', async () => {
    await fresh();
    await writePayload(directory, files({ a: 'old' }));
    let seen = '';
    await writePayload(directory, files({ a: 'new' }), async () => {
      seen = await read('a');
    });
    assert.deepEqual([seen, await read('a')], ['old', 'new']);
  });

  it('keeps the old files when preparing fails', async () => {
    await fresh();
    await writePayload(directory, files({ a: 'old' }));
    await assert.rejects(
      writePayload(directory, files({ a: 'new' }), () => Promise.reject(new Error('no'))),
      { message: 'no' },
    );
    assert.equal(await read('a'), 'old');
    assert.equal((await readdir(directory)).filter((name) => /^\.\.\d/.test(name)).length, 1);
  });

  it('can hold nothing', async () => {
    await fresh();
    assert.equal(await writePayload(directory, new Map()), true);
    assert.equal(await writePayload(directory, new Map()), false);
    assert.deepEqual(await visible(), []);
  });
});

describe('pathFault', () => {
  const paths: Record<string, RegExp | undefined> = {
    a: undefined,
    'a/b..c/d': undefined,
    '.hidden': undefined,
    '': /must not be empty/,
    '/a': /must be relative/,
    'a/../b': /must not contain '\.\.'/,
    '..data': /must not start with '\.\.'/,
    'a//b': /not canonical/,
    './a': /not canonical/,
  };
  for (const [path, expected] of Object.entries(paths)) {
    it(JSON.stringify(path), () => {
      const fault = pathFault(path);
      if (expected === undefined) assert.equal(fault, undefined);
      else assert.match(fault ?? '', expected);
    });
  }
});
