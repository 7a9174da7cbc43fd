import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
// oxlint-disable-next-line no-restricted-imports -- real certificates
import { ensureFrontProxy } from '../../cluster/pki/pki.ts';
// oxlint-disable-next-line no-restricted-imports -- real certificates
import { pkiFiles } from '../../cluster/pki/plan.ts';
import { configMaps } from '../../api/resources.ts';
import { startTestServer } from '../testing/start.ts';
import { authenticationData } from './authentication-config.ts';

const directory = await mkdtemp(join(tmpdir(), 'cox-authentication-'));
after(() => rm(directory, { recursive: true }));
await ensureFrontProxy(directory);
const files = pkiFiles(directory);
const requestHeaderCa = await readFile(files.frontProxyAuthority.certificateFile, 'utf8');
const clientCa = await readFile(files.frontProxyClient.certificateFile, 'utf8');
const config = { clientCa, requestHeaderCa, allowedNames: ['front-proxy-client'] };

test('says what extension servers need, and keeps what another server has said', () => {
  const fresh = authenticationData({}, config, new Date());
  assert.deepEqual(fresh, {
    'client-ca-file': clientCa,
    'requestheader-client-ca-file': requestHeaderCa,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  });
  assert.deepEqual(authenticationData(fresh, config, new Date()), fresh);
  const other = { ...fresh, 'client-ca-file': requestHeaderCa, 'requestheader-allowed-names': '["other"]' };
  const joined = authenticationData(other, config, new Date());
  assert.equal(joined['client-ca-file'], requestHeaderCa + clientCa);
  assert.equal(joined['requestheader-allowed-names'], '["other","front-proxy-client"]');
  const late = new Date(Date.now() + 20 * 365 * 24 * 3600 * 1000);
  assert.equal(authenticationData(fresh, config, late)['client-ca-file'], '', 'what has expired goes');
});

test('the ConfigMap comes back when it is changed or deleted', async () => {
  await using server = await startTestServer({
    aggregation: { ...config, cert: clientCa, key: await readFile(files.frontProxyClient.keyFile, 'utf8') },
  });
  const client = server.client();
  const address = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
  const wanted = authenticationData({}, config, new Date());
  const isBack = async (): Promise<void> => {
    for (const deadline = Date.now() + 30_000; ;) {
      const found = await client.get(configMaps, address).catch(() => undefined);
      if (found !== undefined && JSON.stringify(found.data?.['client-ca-file']) === JSON.stringify(clientCa)) {
        assert.deepEqual({ ...found.data }, wanted);
        return;
      }
      assert.ok(Date.now() < deadline, 'the ConfigMap does not come back');
      await new Promise((resolve) => void setTimeout(resolve, 10));
    }
  };
  await isBack();
  const found = await client.get(configMaps, address);
  await client.update(configMaps, { ...found, data: {} });
  await isBack();
  await client.delete(configMaps, address);
  await isBack();
});
