import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addToKubeconfig, inspectKubeconfig, removeFromKubeconfig, withCluster, withoutCluster } from './kubeconfig.ts';
import { UserError } from './user-error.ts';

const access = { name: 'a', server: 'https://127.0.0.1:6443', ca: 'ca', cert: 'cert', key: 'key' };
const other = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'b', cluster: { server: 'https://b' } }],
  users: [{ name: 'b', user: { token: 't' } }],
  contexts: [{ name: 'b', context: { cluster: 'b', user: 'b' } }],
  'current-context': 'b',
  preferences: {},
};

describe('merging', () => {
  test('the context is added, made current, and taken out again with nothing else changed', () => {
    const merged = withCluster(other, access);
    assert.equal(merged['current-context'], 'a');
    assert.deepEqual(
      merged.contexts?.map(({ name }) => name),
      ['b', 'a'],
    );
    assert.deepEqual(withoutCluster(merged, 'a', 'b'), other);
  });

  test('merged twice is merged once', () => {
    assert.deepEqual(withCluster(withCluster(other, access), access), withCluster(other, access));
  });

  test('a context that the user has chosen since stays current', () => {
    assert.equal(
      withoutCluster({ ...withCluster(other, access), 'current-context': 'b' }, 'a', undefined)?.['current-context'],
      'b',
    );
  });

  test('without a former context there is none', () => {
    assert.equal(withoutCluster(withCluster(other, access), 'a', undefined)?.['current-context'], undefined);
  });
});

describe('files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cox-kubeconfig-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('a file and folder that were made go again', async () => {
    const file = join(folder, 'kube/config');
    const before = await inspectKubeconfig(file);
    await addToKubeconfig(file, access);
    assert.match(readFileSync(file, 'utf8'), /current-context: a/);
    await removeFromKubeconfig('a', before);
    assert.equal(existsSync(join(folder, 'kube')), false);
  });

  test('a file that was there stays, and so do other clusters in a file of ours', async () => {
    const file = join(folder, 'config');
    const before = await inspectKubeconfig(file);
    await addToKubeconfig(file, access);
    await addToKubeconfig(file, { ...access, name: 'c' });
    await removeFromKubeconfig('a', before);
    assert.match(readFileSync(file, 'utf8'), /current-context: c/);
  });

  for (const [name, text] of Object.entries({ 'no YAML': ': : :\n- [', 'a list': '- a\n' })) {
    test(`${name} is refused and left as it is`, async () => {
      const file = join(folder, 'config');
      writeFileSync(file, text);
      await assert.rejects(inspectKubeconfig(file), UserError);
      assert.equal(readFileSync(file, 'utf8'), text);
    });
  }
});
