import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  namespaces,
  pods,
  resourceQuotas,
  serviceAccounts,
} from '../../../src/api/resources.ts';
import { isStatus, StatusError } from '../../../src/api/status-error.ts';
import { eventually } from '../../../src/system/testing/eventually.ts';
import { create, find, withControlPlane } from './cluster.ts';

const apiGroup = 'rbac.authorization.k8s.io';

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StatusError, 'was not refused');
  return error.message;
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

test('rights, certificates and quotas follow what is asked for', { timeout: 60_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'cox-access-'));
  const file = (name: string): string => join(directory, name);
  const text = (name: string): Promise<string> => readFile(file(name), 'utf8');
  const newKey = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  openssl('req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.crt'), '-subj', '/CN=kubernetes');
  const clusterAuthority = { certificate: await text('ca.crt'), key: await text('ca.key') };

  await withControlPlane(
    async ({ client, clientOf, complaints }) => {
      await t.test('a new part of `view` gives all who view its rights', async () => {
        const reader = clientOf('reader');
        await create(client, clusterRoleBindings, {
          metadata: { name: 'reader' },
          roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
          subjects: [{ kind: 'User', apiGroup, name: 'reader' }],
        });
        const path = '/apis/storage.k8s.io/v1/storageclasses';
        const status = async () => (await reader.raw('GET', path)).status;
        assert.equal(await status(), 403);
        await create(client, clusterRoles, {
          metadata: { name: 'see-classes', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
          rules: [{ verbs: ['list'], apiGroups: ['storage.k8s.io'], resources: ['storageclasses'] }],
        });
        await eventually('the right', async () => (await status()) === 200);
        await eventually('the right of admins', async () => {
          const admin = await find(client, clusterRoles, 'admin');
          return admin?.rules?.some(({ resources }) => resources?.includes('storageclasses'));
        });
        await client.delete(clusterRoles, { name: 'see-classes' });
        await eventually('no right', async () => (await status()) === 403);
      });

      await t.test('an approved request for a certificate is answered', async () => {
        openssl('req', '-new', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', '/O=dev/CN=somebody');
        const spec = {
          request: Buffer.from(await text('csr')).toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client',
          usages: ['client auth'],
          expirationSeconds: 3600,
        };
        await create(clientOf('asker', 'system:masters'), certificateSigningRequests, {
          metadata: { name: 'r' },
          spec,
        });
        const request = await client.get(certificateSigningRequests, { name: 'r' });
        assert.deepEqual([request.spec.username, request.status.certificate], ['asker', undefined]);
        const lastUpdateTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
        const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', lastUpdateTime }];
        const approved = { ...request, status: { conditions } };
        await client.update(certificateSigningRequests, approved, { subresource: 'approval' });
        const { status } = await eventually('the certificate', async () => {
          const found = await find(client, certificateSigningRequests, 'r');
          return found?.status.certificate !== undefined && found;
        });
        const certificate = new X509Certificate(Buffer.from(status.certificate ?? '', 'base64'));
        assert.equal(certificate.subject, 'O=dev\nCN=somebody');
        assert.ok(certificate.verify(new X509Certificate(clusterAuthority.certificate).publicKey));
        openssl(
          'req',
          '-new',
          ...newKey,
          '-keyout',
          file('key'),
          '-out',
          file('csr'),
          '-subj',
          '/O=system:masters/CN=x',
        );
        const more = { ...spec, request: Buffer.from(await text('csr')).toString('base64') };
        assert.match(
          await refusal(create(client, certificateSigningRequests, { metadata: { name: 'm' }, spec: more })),
          /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/,
        );
      });

      await t.test('a quota is charged, kept to, and given back', async () => {
        await create(client, namespaces, { metadata: { name: 'team' } });
        await eventually('the account', () => find(client, serviceAccounts, 'default', 'team'));
        const hard = { pods: '1', 'count/configmaps': '2' };
        await create(client, resourceQuotas, { metadata: { name: 'q', namespace: 'team' }, spec: { hard } });
        const used = async () => (await find(client, resourceQuotas, 'q', 'team'))?.status.used;
        // `kube-root-ca.crt` is there.
        await eventually('a count', async () => JSON.stringify(await used()) === '{"pods":"0","count/configmaps":"1"}');
        const pod = (name: string) => ({
          metadata: { name, namespace: 'team' },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        });
        await create(client, pods, pod('a'));
        assert.equal(
          await refusal(create(client, pods, pod('b'))),
          'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
        );
        await client.delete(pods, { name: 'a', namespace: 'team' }, { gracePeriodSeconds: 0 });
        const began = performance.now();
        await eventually('the pod is given back', async () => (await used())?.['pods'] === '0');
        const took = Math.round(performance.now() - began);
        assert.ok(took < 1000, `${took} ms`);
        await create(client, pods, pod('b'));
        const maps = [1, 2, 3].map((number) =>
          create(client, configMaps, { metadata: { name: `m${number}`, namespace: 'team' } }).then(
            () => 'made',
            (error: unknown) => (isStatus(error, 'Forbidden') ? 'refused' : String(error)),
          ),
        );
        assert.deepEqual((await Promise.all(maps)).toSorted(), ['made', 'refused', 'refused']);
      });

      assert.deepEqual(complaints, []);
    },
    { clusterAuthority },
  );
  await rm(directory, { recursive: true });
});
