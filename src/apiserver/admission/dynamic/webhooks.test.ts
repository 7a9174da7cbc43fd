import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonAnswer } from '../../negotiation/encode.ts';
import { sendJson } from '../../testing/answers.ts';
import { startTestServer, testAdmin } from '../../testing/start.ts';
import { startWebhookServer } from '../../testing/webhook-server.ts';
import { readReview, refusalOf } from './answer.ts';
import { matchesRule } from './rules.ts';

interface Review {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly object: { readonly data?: Readonly<Record<string, string>> } | null;
    readonly [field: string]: unknown;
  };
}

function answer(review: unknown, path: string): object {
  const { uid, object } = (review as Review).request;
  const respond = (response: object) => ({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, ...response },
  });
  if (path === '/mutate') {
    const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/data/touched', value: 'yes' }]));
    return respond({ allowed: true, patchType: 'JSONPatch', patch: patch.toString('base64'), warnings: ['touched'] });
  }
  const isBad = object?.data?.['bad'] === 'yes';
  return respond(
    isBad ? { allowed: false, status: { message: 'too bad', code: 403, reason: 'Forbidden' } } : { allowed: true },
  );
}

const registration = '/apis/admissionregistration.k8s.io/v1';
const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
const common = { rules, sideEffects: 'None', admissionReviewVersions: ['v1'] };
const configMap = (name: string, data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

test('webhooks change, refuse and warn; one that fails is passed over only where it may be', async () => {
  await using webhook = await startWebhookServer(answer);
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const { url, caBundle } = webhook;
  const configure = (kind: string, webhooks: object[]) =>
    sendJson(transport, 'POST', `${registration}/${kind.toLowerCase()}s`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'test' },
      webhooks,
    });
  const mutating = { name: 'mutate.example.com', clientConfig: { url: `${url}/mutate`, caBundle }, ...common };
  assert.equal((await configure('MutatingWebhookConfiguration', [mutating])).code, 201);
  const judge = {
    name: 'judge.example.com',
    clientConfig: { url: `${url}/judge`, caBundle },
    ...common,
    matchConditions: [{ name: 'not-skipped', expression: "!has(object.data.skip) || request.operation == 'DELETE'" }],
  };
  const unreachable = { url: 'https://127.0.0.1:1', caBundle };
  const lost = { name: 'lost.example.com', clientConfig: unreachable, failurePolicy: 'Ignore', ...common };
  assert.equal((await configure('ValidatingWebhookConfiguration', [judge, lost])).code, 201);

  const at = '/api/v1/namespaces/default/configmaps';
  const good = await sendJson(transport, 'POST', at, configMap('good', { a: '1' }));
  assert.equal(good.code, 201, good.message);
  assert.deepEqual(good.body['data'], { a: '1', touched: 'yes' });
  assert.match(good.headers['warning'] ?? '', /touched/);
  const bad = await sendJson(transport, 'POST', at, configMap('bad', { bad: 'yes' }));
  assert.equal(bad.code, 403);
  assert.equal(bad.message, 'admission webhook "judge.example.com" denied the request: too bad');
  assert.equal((await sendJson(transport, 'POST', at, configMap('skipped', { bad: 'yes', skip: '1' }))).code, 201);
  const { request } = webhook.received[0] as unknown as Review;
  const { uid: _uid, object: _object, ...rest } = request;
  const gvk = { group: '', version: 'v1', kind: 'ConfigMap' };
  const gvr = { group: '', version: 'v1', resource: 'configmaps' };
  assert.deepEqual(rest, {
    kind: gvk,
    resource: gvr,
    requestKind: gvk,
    requestResource: gvr,
    name: 'good',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: testAdmin.name, groups: testAdmin.groups },
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'unknown' },
  });

  await sendJson(transport, 'DELETE', `${registration}/validatingwebhookconfigurations/test`);
  await configure('ValidatingWebhookConfiguration', [{ ...lost, failurePolicy: 'Fail' }]);
  const failed = await sendJson(transport, 'POST', at, configMap('failed', { a: '1' }));
  assert.equal(failed.code, 500);
  assert.equal(
    failed.message,
    'Internal error occurred: failed calling webhook "lost.example.com": failed to call webhook: ' +
      'Post "https://127.0.0.1:1/?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
  );
});

test('rules choose requests by operation, address and scope', () => {
  const target = {
    operation: 'UPDATE',
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: 'scale',
    namespace: 'default',
  } as const;
  const rule = { operations: ['*' as const], apiGroups: ['apps'], apiVersions: ['*'] };
  const cases: Readonly<Record<string, readonly [object, boolean]>> = {
    'a star means no subresource': [{ resources: ['*'] }, false],
    'everything of a resource': [{ resources: ['deployments/*'] }, true],
    'a subresource of all': [{ resources: ['*/scale'] }, true],
    'all and everything': [{ resources: ['*/*'] }, true],
    'the object alone': [{ resources: ['deployments'] }, false],
    'another scope': [{ resources: ['*/*'], scope: 'Cluster' }, false],
    'another operation': [{ resources: ['*/*'], operations: ['CREATE'] }, false],
    'another group': [{ resources: ['*/*'], apiGroups: [''] }, false],
  };
  for (const [name, [more, expected]] of Object.entries(cases)) {
    assert.equal(matchesRule({ ...rule, ...more }, target), expected, name);
  }
});

test('what a webhook answers is checked and worded', () => {
  const asked = { uid: 'u', version: 'v1', mutating: true };
  const review = (response: object) => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
  const cases: Readonly<Record<string, readonly [object, RegExp]>> = {
    'no review': [{}, /expected webhook response of admission.k8s.io\/v1, Kind=AdmissionReview, got , Kind=/],
    'another uid': [review({ uid: 'x' }), /expected response.uid="u", got "x"/],
    'a patch of no type': [review({ uid: 'u', patch: 'W10=' }), /response.patch but not response.patchType/],
    'a type of no patch': [review({ uid: 'u', patchType: 'JSONPatch' }), /response.patchType but not response.patch/],
    'another type': [review({ uid: 'u', patch: 'W10=', patchType: 'Merge' }), /invalid response.patchType of "Merge"/],
  };
  for (const [name, [body, message]] of Object.entries(cases))
    assert.throws(() => readReview(body, asked), message, name);
  assert.equal(refusalOf('w').message, 'admission webhook "w" denied the request without explanation');
  assert.equal(refusalOf('w').code, 400);
});

test('webhooks are asked whether somebody may connect', async () => {
  await using webhook = await startWebhookServer((review) => {
    const { uid, object } = (review as unknown as Review).request;
    const allowed = (object as { path?: string } | null)?.path !== '/secret';
    const response = { uid, allowed, status: { message: 'not this way', code: 403 } };
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
  });
  const proxy = () => Promise.resolve(jsonAnswer(200, { kind: 'Answer' }));
  const connect = { proxy, podLog: proxy, upgrade: () => Promise.resolve() };
  await using server = await startTestServer({ connect });
  const transport = server.server.transport(testAdmin);
  const { url, caBundle } = webhook;
  const rule = { operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['nodes/proxy'] };
  const hook = { ...common, name: 'connect.example.com', clientConfig: { url, caBundle }, rules: [rule] };
  await sendJson(transport, 'POST', `${registration}/validatingwebhookconfigurations`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'test' },
    webhooks: [hook],
  });
  assert.equal((await sendJson(transport, 'GET', '/api/v1/nodes/n1/proxy/open')).code, 200);
  const refused = await sendJson(transport, 'GET', '/api/v1/nodes/n1/proxy/secret');
  assert.equal(refused.code, 403);
  assert.match(refused.message ?? '', /^admission webhook "connect.example.com" denied the request: not this way/);
  const { operation, kind, object } = (webhook.received[0] as unknown as Review).request;
  assert.deepEqual([operation, kind], ['CONNECT', { group: '', version: 'v1', kind: 'NodeProxyOptions' }]);
  assert.deepEqual(object, { kind: 'NodeProxyOptions', apiVersion: 'v1', path: '/open' });
});
