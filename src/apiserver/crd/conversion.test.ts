import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendJson } from '../testing/answers.ts';
import { startTestServer, testAdmin } from '../testing/start.ts';
import { startWebhookServer } from '../testing/webhook-server.ts';
import { checkConverted, readConverted } from './conversion.ts';
import { cronTabs } from './testing.ts';

interface Tab {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly spec: Readonly<Record<string, string>>;
}

/** `v1` has `cron`, `v2` has `schedule`. */
function convertTab(tab: Tab, apiVersion: string): object {
  const value = tab.spec['cron'] ?? tab.spec['schedule'] ?? '';
  return { ...tab, apiVersion, spec: apiVersion.endsWith('v2') ? { schedule: value } : { cron: value } };
}

function answerReview(review: Readonly<Record<string, unknown>>): object {
  const { uid, desiredAPIVersion, objects } = review['request'] as {
    uid: string;
    desiredAPIVersion: string;
    objects: readonly Tab[];
  };
  const convertedObjects = objects.map((tab) => convertTab(tab, desiredAPIVersion));
  const { apiVersion, kind } = review;
  return { apiVersion, kind, response: { uid, convertedObjects, result: { status: 'Success' } } };
}

const versionOf = (name: string, field: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { [field]: { type: 'string' } } } },
    },
  },
});

test('a webhook converts what is read, written, listed, watched and applied in another version', async () => {
  await using webhook = await startWebhookServer(answerReview);
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await sendJson(transport, method, path, body);
    assert.ok(answer.code < 300, answer.message);
    return answer.body;
  };
  const { caBundle, url } = webhook;
  const conversion = {
    strategy: 'Webhook',
    webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: `${url}/convert`, caBundle } },
  };
  const versions = [versionOf('v1', 'cron', true), versionOf('v2', 'schedule', false)];
  const crd = cronTabs({}, { spec: { versions, conversion } });
  const post = (path: string, body: object) => send('POST', path, body);
  await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  const at = (version: string, name = '') => `/apis/example.com/${version}/namespaces/default/crontabs${name}`;
  for (const name of ['a', 'b', 'c']) {
    const tab = { apiVersion: 'example.com/v2', kind: 'CronTab', metadata: { name }, spec: { schedule: `* ${name}` } };
    await post(at('v2'), tab);
  }
  const get = async (path: string) => (await send('GET', path)) as Tab;
  assert.deepEqual((await get(at('v1', '/a'))).spec, { cron: '* a' });
  assert.deepEqual((await get(at('v2', '/a'))).spec, { schedule: '* a' });
  const asked = webhook.received.length;
  const list = (await send('GET', at('v2'))) as { items: readonly Tab[] };
  assert.deepEqual(
    list.items.map(({ spec }) => spec),
    [{ schedule: '* a' }, { schedule: '* b' }, { schedule: '* c' }],
  );
  assert.ok(webhook.received.length <= asked + 1, 'a list is converted in one go');
  const changed = { ...(await get(at('v2', '/b'))), spec: { schedule: 'now' } };
  await send('PUT', at('v2', '/b'), changed);
  assert.deepEqual((await get(at('v1', '/b'))).spec, { cron: 'now' });
});

test('what a conversion webhook answers is checked', () => {
  const original = { apiVersion: 'a/v1', kind: 'T', metadata: { name: 'x', uid: 'u' } } as never;
  const cases: Readonly<Record<string, readonly [object, RegExp]>> = {
    'another version': [{ apiVersion: 'a/v3', kind: 'T' }, /invalid apiVersion: expected a\/v2, got a\/v3/],
    'another kind': [{ apiVersion: 'a/v2', kind: 'U' }, /invalid kind: expected T, got U/],
    'another name': [{ apiVersion: 'a/v2', kind: 'T', metadata: { name: 'y', uid: 'u' } }, /metadata.name changed/],
  };
  for (const [name, [answer, message]] of Object.entries(cases)) {
    assert.throws(() => checkConverted(original, answer, 'a/v2'), message, name);
  }
  const kept = checkConverted(
    original,
    { apiVersion: 'a/v2', kind: 'T', metadata: { name: 'x', uid: 'u', labels: { l: '1' }, generation: 7 } },
    'a/v2',
  );
  assert.deepEqual(kept.metadata, { name: 'x', uid: 'u', labels: { l: '1' } });
  assert.throws(() => readConverted({ response: { uid: 'other' } }, 'u', 1), /expected response.uid="u", got "other"/);
  const refused = { response: { uid: 'u', result: { status: 'Failure', message: 'no way' } } };
  assert.throws(() => readConverted(refused, 'u', 1), /^Error: no way$/);
});

test('a definition in a protected group says whether it was approved', async () => {
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const crd = cronTabs({ type: 'object' }, { spec: { group: 'x.k8s.io' } });
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, an experiment' };
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const metadata = { name: 'crontabs.x.k8s.io', annotations };
  const created = await sendJson(transport, 'POST', path, { ...crd, metadata });
  assert.equal(created.code, 201, created.message);
  const { body } = await sendJson(transport, 'GET', `${path}/crontabs.x.k8s.io`);
  const { conditions } = body['status'] as { conditions: readonly Readonly<Record<string, string>>[] };
  const { reason, message } = conditions.find(({ type }) => type === 'KubernetesAPIApprovalPolicy') ?? {};
  assert.equal(`${reason}: ${message}`, 'UnapprovedAnnotation: not approved: "unapproved, an experiment"');
});

test('kinds are served, discovered and described at once, one after the other', async () => {
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const send = (method: string, path: string, body?: object) => sendJson(transport, method, path, body);
  for (let index = 0; index < 20; index++) {
    const [plural, kind] = [`things${index}`, `Thing${index}`];
    const crd = cronTabs({ type: 'object', description: `Of ${kind}.` }, { names: { plural, kind, shortNames: [] } });
    const defined = await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    assert.equal(defined.code, 201, defined.message);
    const object = { apiVersion: 'example.com/v1', kind, metadata: { name: 'one' }, spec: {} };
    const made = await send('POST', `/apis/example.com/v1/namespaces/default/${plural}`, object);
    assert.equal(made.code, 201, made.message);
    const { body: discovered } = await send('GET', '/apis/example.com/v1');
    assert.match(JSON.stringify(discovered), new RegExp(`"name":"${plural}"`));
    const { body: described } = await send('GET', '/openapi/v3/apis/example.com/v1');
    assert.match(JSON.stringify(described), new RegExp(`Of ${kind}\\.`));
  }
});
