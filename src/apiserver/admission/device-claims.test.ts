import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { person } from '../auth/testing.ts';
import { sendJson } from '../testing/answers.ts';
import type { TestServer } from '../testing/start.ts';
import { startTestServer, testAdmin } from '../testing/start.ts';

const apiVersion = 'resource.k8s.io/v1';
const root = `/apis/${apiVersion}`;
const claims = `${root}/namespaces/shop/resourceclaims`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

let server: TestServer;
const admin = () => server.server.transport(testAdmin);
const operator = () => server.server.transport(person('operator'));
const claim = (name: string, exactly: object) => ({
  apiVersion,
  kind: 'ResourceClaim',
  metadata: { name },
  spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', ...exactly } }] } },
});

before(async () => {
  server = await startTestServer();
  const make = async (path: string, object: object): Promise<void> => {
    const { code, message } = await sendJson(admin(), 'POST', path, object);
    assert.equal(code, 201, message);
  };
  await make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const rules = [
    { verbs: ['*'], apiGroups: ['resource.k8s.io'], resources: ['resourceclaims', 'resourceclaims/status'] },
  ];
  await make(`${rbac}/clusterroles`, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'operator' },
    rules,
  });
  await make(`${rbac}/clusterrolebindings`, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'operator' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'operator' },
    subjects: [{ kind: 'User', apiGroup, name: 'operator' }],
  });
});
after(async () => server[Symbol.asyncDispose]());

describe('claims on devices', () => {
  it('as an administrator are for namespaces that say so', async () => {
    const refused = await sendJson(operator(), 'POST', claims, claim('all', { adminAccess: true }));
    assert.deepEqual(
      [refused.code, refused.message],
      [
        422,
        'ResourceClaim.resource.k8s.io "all" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin ' +
          'access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace',
      ],
    );
    const labels = { 'resource.kubernetes.io/admin-access': 'true' };
    await sendJson(admin(), 'PATCH', '/api/v1/namespaces/shop', { metadata: { labels } });
    const made = await sendJson(operator(), 'POST', claims, claim('all', { adminAccess: true }));
    assert.equal(made.code, 201, made.message);
  });

  it('choose by expressions that compile', async () => {
    const select = (expression: string) => claim('some', { selectors: [{ cel: { expression } }] });
    const bad = await sendJson(operator(), 'POST', claims, select('device.driver =='));
    assert.equal(bad.code, 422);
    assert.match(bad.message ?? '', /selectors\[0\]\.cel\.expression: Invalid value: .*: compilation failed: ERROR/s);
    const other = await sendJson(operator(), 'POST', claims, select('1 + 1'));
    assert.match(other.message ?? '', /must evaluate to bool or the unknown type/);
    const good = await sendJson(operator(), 'POST', claims, select('device.attributes["x.example"].big == true'));
    assert.equal(good.code, 201, good.message);
  });

  it('are answered by those who may', async () => {
    const result = { request: 'gpu', driver: 'd', pool: 'p', device: 'gpu-0' };
    const status = { allocation: { devices: { results: [result] } } };
    const refused = await sendJson(operator(), 'PATCH', `${claims}/some/status`, { status });
    assert.equal(refused.code, 422);
    assert.match(
      refused.message ?? '',
      /status\.allocation: Forbidden: changing status\.allocation or status\.reservedFor/,
    );
    const allocated = await sendJson(admin(), 'PATCH', `${claims}/some/status`, { status });
    assert.equal(allocated.code, 200, allocated.message);
    const devices = [{ driver: 'd', pool: 'p', device: 'gpu-0', data: { a: 1 } }];
    const told = await sendJson(operator(), 'PATCH', `${claims}/some/status`, { status: { devices } });
    assert.match(told.message ?? '', /changing status\.devices requires resource="resourceclaims\/driver"/);
    assert.equal((await sendJson(admin(), 'PATCH', `${claims}/some/status`, { status: { devices } })).code, 200);
    const foreign = [{ driver: 'd', pool: 'p', device: 'gpu-1' }];
    const { code } = await sendJson(admin(), 'PATCH', `${claims}/some/status`, { status: { devices: foreign } });
    assert.equal(code, 422);
  });
});
