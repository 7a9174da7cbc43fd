import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectSubresource } from './object-subresources.ts';

test('an approval brings conditions and annotations, and leaves spec and certificate alone', () => {
  const old = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'a', annotations: { kept: 'yes' } },
    spec: { signerName: 'example.com/x' },
    status: { certificate: 'AA==' },
  };
  const asked = {
    ...old,
    metadata: { name: 'a', annotations: { kept: 'yes', by: 'hand' } },
    spec: { signerName: 'example.com/y' },
    status: { conditions: [{ type: 'Approved', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  };
  const shape = objectSubresource('certificatesigningrequests', 'approval')?.shape;
  assert.deepEqual(shape?.(asked, old), {
    ...old,
    metadata: asked.metadata,
    status: { ...old.status, ...asked.status },
  });
});
