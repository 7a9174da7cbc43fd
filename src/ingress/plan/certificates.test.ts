import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSecret } from '../testing/objects.ts';
import { readCertificate } from './certificates.ts';

const secret = testSecret('tls');
const other = testSecret('other');
const text = (data: string): string => Buffer.from(data).toString('base64');

test('a key pair is read, and written anew', () => {
  const noisy = {
    ...secret,
    data: {
      ...secret.data,
      'tls.crt': text(`# noise\n${String(Buffer.from(secret.data?.['tls.crt'] ?? '', 'base64'))}\n}`),
    },
  };
  const found = readCertificate(noisy);
  assert.ok('pem' in found);
  assert.match(found.pem, /^-----BEGIN CERTIFICATE-----[^#}]+-----END PRIVATE KEY-----\n$/);
  assert.deepEqual([found.covers('ingress.local'), found.covers('other.local')], [true, false]);
});

const faults = {
  'no Secret': [undefined, /does not exist/],
  'no key': [{ ...secret, data: { 'tls.crt': secret.data?.['tls.crt'] ?? '' } }, /has no tls.crt and tls.key/],
  'no certificate': [{ ...secret, data: { ...secret.data, 'tls.crt': text('x') } }, /no certificate/],
  "another's key": [{ ...secret, data: { ...secret.data, 'tls.key': other.data?.['tls.key'] ?? '' } }, /not the key/],
  'a broken key': [{ ...secret, data: { ...secret.data, 'tls.key': text('x') } }, /cannot be read/],
} as const;
for (const [name, [broken, problem]] of Object.entries(faults)) {
  test(`a Secret with ${name} is explained`, () => {
    const found = readCertificate(broken);
    assert.match('problem' in found ? found.problem : '', problem);
  });
}
