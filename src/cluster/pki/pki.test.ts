import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:tls';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { addressBytes } from './certificate.ts';
import { ensureFrontProxy, ensurePki } from './pki.ts';
import type { PkiRequest } from './plan.ts';

async function request(t: TestContext): Promise<PkiRequest> {
  const directory = await mkdtemp(join(tmpdir(), 'pki-'));
  t.after(() => rm(directory, { recursive: true }));
  return {
    directory: join(directory, 'pki'),
    nodes: [
      { name: 'kube-worker-1', ip: '192.0.2.11' },
      { name: 'kube-worker-2', ip: '192.0.2.12' },
    ],
    apiServer: { ips: ['192.0.2.1', '2001:db8::5'], dnsNames: ['api.example'] },
    registry: { ips: ['192.0.2.1'], dnsNames: [] },
  };
}

test('certificates carry names, addresses and the authority', async (t) => {
  const pki = await ensurePki(await request(t));
  const authority = new X509Certificate(await readFile(pki.authority.certificateFile));
  assert.equal(authority.ca, true);
  const server = new X509Certificate(await readFile(pki.apiServer.certificateFile));
  assert.equal(server.checkIssued(authority), true);
  assert.equal(server.verify(authority.publicKey), true);
  assert.equal(server.ca, false);
  for (const name of ['kubernetes', 'kubernetes.default.svc.cluster.local', 'localhost', 'api.example']) {
    assert.equal(server.checkHost(name), name);
  }
  for (const address of ['10.233.0.1', '127.0.0.1', '::1', '192.0.2.1', '2001:db8::5']) {
    assert.equal(server.checkIP(address), address);
  }
  const node = new X509Certificate(await readFile(pki.nodes['kube-worker-1']?.client.certificateFile ?? ''));
  assert.equal(node.subject, 'O=system:nodes\nCN=system:node:kube-worker-1');
  assert.deepEqual(node.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal((await stat(pki.directory)).mode & 0o777, 0o700);
  assert.equal((await stat(pki.admin.keyFile)).mode & 0o777, 0o600);
});

test('TLS with client certificates accepts what was issued', async (t) => {
  const pki = await ensurePki(await request(t));
  const ca = await readFile(pki.authority.certificateFile);
  const server = createServer({
    ca,
    cert: await readFile(pki.apiServer.certificateFile),
    key: await readFile(pki.apiServer.keyFile),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket) => socket.end(socket.getPeerX509Certificate()?.subject ?? ''));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const client = connect({
    port,
    host: '127.0.0.1',
    ca,
    cert: await readFile(pki.admin.certificateFile),
    key: await readFile(pki.admin.keyFile),
  });
  const [said] = (await once(client, 'data')) as [Buffer];
  assert.equal(said.toString(), 'O=system:masters\nCN=system:admin');
});

test('a second call keeps everything', async (t) => {
  const asked = await request(t);
  assert.notEqual((await ensurePki(asked)).issued.length, 0);
  assert.deepEqual((await ensurePki(asked)).issued, []);
});

test('only what no longer fits is made anew', async (t) => {
  const asked = await request(t);
  const first = await ensurePki(asked);
  const moved = { ...asked, nodes: [{ name: 'kube-worker-1', ip: '192.0.2.99' }] };
  const node = first.nodes['kube-worker-1']?.serving;
  assert.deepEqual((await ensurePki(moved)).issued, [node?.certificateFile, node?.keyFile]);

  await writeFile(first.dns.certificateFile, 'damaged');
  assert.deepEqual((await ensurePki(moved)).issued, [first.dns.certificateFile, first.dns.keyFile]);

  const later = new Date(Date.now() + 700 * 24 * 3600 * 1000);
  const renewed = (await ensurePki(moved, later)).issued;
  assert.ok(renewed.includes(first.admin.certificateFile));
  assert.ok(!renewed.includes(first.authority.certificateFile));
});

test('a new authority re-issues every certificate and keeps the token key', async (t) => {
  const asked = await request(t);
  const first = await ensurePki(asked);
  await rm(first.authority.keyFile);
  const second = await ensurePki(asked);
  assert.ok(second.issued.includes(first.registry.certificateFile));
  assert.ok(!second.issued.includes(first.serviceAccountKeyFile));
});

test('the front proxy has an authority of its own, and an older folder gets it', async (t) => {
  const asked = await request(t);
  const first = await ensurePki(asked);
  const read = async (file: string): Promise<X509Certificate> => new X509Certificate(await readFile(file));
  const authority = await read(first.frontProxyAuthority.certificateFile);
  const client = await read(first.frontProxyClient.certificateFile);
  assert.deepEqual([authority.subject, authority.ca], ['CN=front-proxy-ca', true]);
  assert.deepEqual([client.subject, client.verify(authority.publicKey)], ['CN=front-proxy-client', true]);
  const cluster = await read(first.authority.certificateFile);
  assert.equal(client.verify(cluster.publicKey), false, 'no client of the API server');
  for (const { certificateFile, keyFile } of [first.frontProxyAuthority, first.frontProxyClient]) {
    await Promise.all([rm(certificateFile), rm(keyFile)]);
  }
  const { frontProxyAuthority, frontProxyClient } = first;
  const files = [frontProxyAuthority, frontProxyClient].flatMap((pair) => [pair.certificateFile, pair.keyFile]);
  assert.deepEqual(await ensureFrontProxy(asked.directory), files);
  assert.deepEqual((await ensurePki(asked)).issued, []);
  const later = new Date(Date.now() + 700 * 24 * 3600 * 1000);
  const renewed = await ensureFrontProxy(asked.directory, later);
  assert.deepEqual(renewed, [frontProxyClient.certificateFile, frontProxyClient.keyFile]);
});

test('a damaged token key is named, not replaced', async (t) => {
  const asked = await request(t);
  const { serviceAccountKeyFile } = await ensurePki(asked);
  await writeFile(serviceAccountKeyFile, 'damaged');
  await assert.rejects(ensurePki(asked), /is not a private key: restore it, or remove it/);
});

test('addresses have their bytes', () => {
  const cases: Record<string, string> = {
    '10.233.0.1': '0ae90001',
    '::1': '00000000000000000000000000000001',
    '2001:db8::5': '20010db8000000000000000000000005',
    '::ffff:1.2.3.4': '00000000000000000000ffff01020304',
    '::': '00000000000000000000000000000000',
  };
  for (const [text, bytes] of Object.entries(cases)) assert.equal(addressBytes(text).toString('hex'), bytes, text);
  assert.throws(() => addressBytes('example'), /is not an IP address/);
});
