import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { promisify } from 'node:util';
import type { CertificateSigningRequest } from '../../api/certificates/certificate-signing-request.schema.ts';
import { parseCertificateRequest } from '../../api/certificates/request.ts';
import { certificateSigningRequests } from '../../api/resources.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { issueCertificate, validity } from './issue.ts';
import { reconcile } from './reconcile.ts';
import { kubeletClientSigner, kubeletServingSigner, signerFault } from './signers.ts';

const run = promisify(execFile);
const created = '2026-01-01T00:00:00Z';
const now = Date.parse(created);
const clientUsages = ['client auth', 'digital signature'] as const;

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cox-csr-'));
});
after(() => rm(directory, { recursive: true }));

const file = (name: string): string => join(directory, name);
const openssl = (...args: readonly string[]): Promise<unknown> => run('openssl', [...args]);

/** A request made by OpenSSL: another's encoding, not this one's idea of it. */
async function request(subject: string, alternatives = '', key = 'ec:P-256'): Promise<string> {
  const [type = '', curve = ''] = key.split(':');
  const generate = type === 'ec' ? ['ec', '-pkeyopt', `ec_paramgen_curve:${curve}`] : [key];
  const names = alternatives === '' ? [] : ['-addext', `subjectAltName=${alternatives}`];
  await openssl(
    'req',
    '-new',
    '-utf8',
    '-nodes',
    '-newkey',
    ...generate,
    '-keyout',
    file('key.pem'),
    '-out',
    file('csr.pem'),
    '-subj',
    subject,
    ...names,
  );
  return readFile(file('csr.pem'), 'latin1');
}

async function authority(): Promise<{ certificate: string; key: string }> {
  await openssl(
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
    '-subj',
    '/O=Acme/CN=root',
    '-addext',
    'keyUsage=critical,keyCertSign',
    '-days',
    '30',
  );
  return { certificate: await readFile(file('ca.pem'), 'utf8'), key: await readFile(file('ca.key'), 'utf8') };
}

function signingRequest(
  pem: string,
  fields: Partial<CertificateSigningRequest['spec']> = {},
  status = {},
): CertificateSigningRequest {
  const metadata = { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp: created };
  const spec = {
    request: Buffer.from(pem).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: [...clientUsages],
    ...fields,
  };
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata, spec, status };
}
const condition = (type: string, at = created) => ({ type, status: 'True', lastUpdateTime: at });

describe('a certificate request', () => {
  it('is read as OpenSSL writes it', async () => {
    const parsed = parseCertificateRequest(
      await request(
        '/O=one/O=two/CN=Zoë',
        'DNS:a.example,IP:192.0.2.7,IP:2001:db8::1,email:a@b.example,URI:spiffe://a',
      ),
    );
    assert.deepEqual(parsed.organizations, ['one', 'two']);
    assert.equal(parsed.commonName, 'Zoë');
    assert.deepEqual([parsed.dnsNames, parsed.emails, parsed.uris], [['a.example'], ['a@b.example'], ['spiffe://a']]);
    assert.deepEqual(
      parsed.ips.map((ip) => ip.toString('hex')),
      ['c0000207', '20010db8000000000000000000000001'],
    );
  });

  it('that is none is refused, whatever it is', async () => {
    const pem = await request('/CN=x');
    const body = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64');
    const wrap = (der: Buffer): string =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    for (let length = 0; length < body.length; length += 7) {
      assert.throws(() => parseCertificateRequest(wrap(body.subarray(0, length))), { code: 'der' }, String(length));
    }
    for (const text of ['', 'x', pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'), wrap(Buffer.alloc(64, 0x30))]) {
      assert.throws(() => parseCertificateRequest(text), { code: 'der' });
    }
  });
});

describe('a signer', () => {
  const node = '/O=system:nodes/CN=system:node:a';
  const cases: Readonly<Record<string, readonly [string, string, string, readonly string[], string | undefined]>> = {
    'signs for anybody': ['kubernetes.io/kube-apiserver-client', '/O=dev/CN=me', '', clientUsages, undefined],
    'signs clients alone': [
      'kubernetes.io/kube-apiserver-client',
      '/CN=me',
      '',
      ['client auth', 'server auth'],
      'invalid usage for client certificate: server auth',
    ],
    'wants its usage named': [
      'kubernetes.io/kube-apiserver-client',
      '/CN=me',
      '',
      ['digital signature'],
      'missing required usage for client certificate: client auth',
    ],
    'signs nodes': [kubeletClientSigner, node, '', clientUsages, undefined],
    'knows nodes by their group': [
      kubeletClientSigner,
      '/CN=system:node:a',
      '',
      clientUsages,
      'subject organization is not system:nodes',
    ],
    'knows nodes by their name': [
      kubeletClientSigner,
      '/O=system:nodes/CN=a',
      '',
      clientUsages,
      'subject common name does not begin with system:node:',
    ],
    'gives clients no names': [kubeletClientSigner, node, 'DNS:a', clientUsages, 'DNS subjectAltNames are not allowed'],
    'gives servers names': [
      kubeletServingSigner,
      node,
      '',
      ['server auth', 'digital signature'],
      'at least one DNS or IP subjectAltName is required',
    ],
    'is exact about usages': [
      kubeletServingSigner,
      node,
      'IP:192.0.2.1',
      clientUsages,
      'usages did not match [server auth digital signature key encipherment]',
    ],
  };
  for (const [name, [signer, subject, alternatives, usages, expected]] of Object.entries(cases)) {
    it(name, async () => {
      const parsed = parseCertificateRequest(await request(subject, alternatives));
      assert.equal(signerFault(signer, parsed, usages), expected);
    });
  }
});

describe('a signing request', () => {
  const later = (ms: number): number => now + ms;
  const hour = 3_600_000;
  it('is signed when it is approved, and goes when it is old', async () => {
    const pem = await request('/CN=me');
    const of = (status: object, at = now, fields = {}): string =>
      reconcile(signingRequest(pem, fields, status), at).type;
    const approved = { conditions: [condition('Approved')] };
    assert.equal(of({}), 'none');
    assert.equal(of(approved), 'sign');
    assert.equal(of(approved, now, { signerName: 'example.com/other' }), 'none');
    assert.equal(of(approved, now, { usages: ['signing'] }), 'fail');
    assert.equal(of({ conditions: [condition('Denied')] }), 'none');
    assert.equal(of({ ...approved, certificate: 'eA==' }), 'none');
    assert.equal(of({ ...approved, certificate: 'eA==' }, later(hour)), 'delete');
    assert.equal(of(approved, later(hour)), 'sign');
    assert.equal(of({}, later(24 * hour)), 'delete');
  });

  it('of a node is approved for it', async () => {
    const pem = await request('/O=system:nodes/CN=system:node:a');
    const plan = (username: string) =>
      reconcile(signingRequest(pem, { signerName: kubeletClientSigner, username }), now);
    assert.deepEqual(plan('system:node:a'), { type: 'approve', permission: 'selfnodeclient' });
    assert.deepEqual(plan('system:bootstrap:x'), { type: 'approve', permission: 'nodeclient' });
  });
});

test('a certificate holds what was asked for, and OpenSSL believes it', async () => {
  const root = await authority();
  for (const key of ['ec:P-384', 'rsa:2048']) {
    const parsed = parseCertificateRequest(
      await request('/O=system:nodes/CN=system:node:a', 'DNS:a,IP:192.0.2.1', key),
    );
    const usages = ['server auth', 'digital signature', 'key encipherment'];
    const pem = issueCertificate(root, { request: parsed, usages, expirationSeconds: 3600, now: Date.now() });
    const certificate = new X509Certificate(pem);
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:a');
    assert.equal(certificate.issuer, 'O=Acme\nCN=root');
    assert.equal(certificate.subjectAltName, 'DNS:a, IP Address:192.0.2.1');
    const own = createPublicKey(createPrivateKey(await readFile(file('key.pem'))));
    assert.ok(certificate.publicKey.equals(own));
    await writeFile(file('issued.pem'), pem);
    await openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', file('ca.pem'), file('issued.pem'));
  }
});

test('validity is backdated, bounded, and ends with the authority', () => {
  const minutes = (seconds: number | undefined, end = Number.MAX_SAFE_INTEGER / 2): readonly number[] =>
    validity(seconds, now, Math.min(end, 8e15)).map((date) => (date.getTime() - now) / 60_000);
  assert.deepEqual(minutes(3600), [-5, 60]);
  assert.deepEqual(minutes(86_400), [-5, 24 * 60 - 5]);
  assert.deepEqual(minutes(undefined), [-5, 365 * 24 * 60 - 5]);
  assert.deepEqual(minutes(60), [-5, 10]);
  assert.deepEqual(minutes(undefined, now + 60_000), [-5, 1]);
});

test('an approved request gets its certificate', async () => {
  const root = await authority();
  const pem = await request('/O=dev/CN=me');
  await withControllers(
    async (server) => {
      const fresh = signingRequest(pem, {}, { conditions: [condition('Approved', new Date().toISOString())] });
      server.seed(certificateSigningRequests, fresh);
      const signed = await eventually('the certificate', () => {
        const stored = server.stored(certificateSigningRequests, 'r');
        return stored?.status.certificate !== undefined && stored;
      });
      const text = Buffer.from(signed.status.certificate ?? '', 'base64').toString();
      assert.equal(new X509Certificate(text).subject, 'O=dev\nCN=me');
    },
    { clusterAuthority: root },
  );
});
