import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import { createMemoryStore } from '../../store/testing/memory-store.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { InProcessTransport } from '../http/in-process.ts';
import type { JsonAnswer } from '../testing/answers.ts';
import { sendJson, tableOfBody } from '../testing/answers.ts';
import type { TestServer } from '../testing/start.ts';
import { startTestServer, testAdmin } from '../testing/start.ts';
import { cronTab, cronTabs } from './testing.ts';

const definitionsAt = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const objectsAt = '/apis/example.com/v1/namespaces/default/crontabs';
const plain: JSONSchemaProps = {
  type: 'object',
  properties: {
    schedule: { type: 'string', pattern: '^[^ ]+( [^ ]+){4}$' },
    replicas: { type: 'integer', default: 1, maximum: 10 },
    size: { type: 'string' },
  },
};

let server: TestServer;
let transport: InProcessTransport;
before(async () => {
  server = await startTestServer();
  transport = server.server.transport(testAdmin);
});
after(async () => server[Symbol.asyncDispose]());

const get = (path: string): Promise<JsonAnswer> => sendJson(transport, 'GET', path);
const post = (path: string, body: object): Promise<JsonAnswer> => sendJson(transport, 'POST', path, body);
const remove = (path: string): Promise<JsonAnswer> => sendJson(transport, 'DELETE', path);
const field = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((at, name) => (at as Record<string | number, unknown> | undefined)?.[name], value);

/** The conditions of a definition, once it has some. */
function conditionsOf(name: string): Promise<{ type: string; status: string; reason: string; message: string }[]> {
  return eventually(`conditions of ${name}`, async () => {
    const conditions = field((await get(`${definitionsAt}/${name}`)).body, 'status', 'conditions');
    return Array.isArray(conditions) && conditions.length > 0 ? conditions : undefined;
  });
}

/** Serves a definition for the time of one action. */
async function serving(definition: ReturnType<typeof cronTabs>, action: () => Promise<void>): Promise<void> {
  const { code, message } = await post(definitionsAt, definition);
  assert.equal(code, 201, message);
  try {
    await action();
  } finally {
    await remove(`${definitionsAt}/${definition.metadata.name}`);
    await gone(definition.metadata.name);
  }
}

async function gone(name: string): Promise<void> {
  await eventually(`${name} to go`, async () => (await get(`${definitionsAt}/${name}`)).code === 404);
}

describe('a custom kind', () => {
  it('is served, discovered and described from the answer to its definition on, and no longer than that', async () => {
    assert.equal((await get(objectsAt)).code, 404);
    await serving(cronTabs(plain), async () => {
      assert.equal((await post(objectsAt, cronTab('a', { schedule: '* * * * *' }))).code, 201);
      assert.equal(field((await get('/apis/example.com/v1')).body, 'resources', 0, 'name'), 'crontabs');
      const { body } = await get('/openapi/v3/apis/example.com/v1');
      assert.equal(
        field(
          body,
          'components',
          'schemas',
          'com.example.v1.CronTab',
          'properties',
          'spec',
          'properties',
          'replicas',
          'default',
        ),
        1,
      );
      assert.equal(field((await get('/openapi/v2')).body, 'definitions', 'com.example.v1.CronTab', 'type'), 'object');
      const conditions = await conditionsOf('crontabs.example.com');
      assert.deepEqual(
        conditions.map(({ type, status }) => `${type} ${status}`),
        ['NamesAccepted True', 'Established True'],
      );
      assert.deepEqual(field((await get(`${definitionsAt}/crontabs.example.com`)).body, 'status', 'storedVersions'), [
        'v1',
      ]);
    });
    assert.equal((await get(objectsAt)).code, 404);
    assert.equal((await get('/apis/example.com/v1')).code, 404);
  });

  it('gets its defaults, loses unknown fields, and is judged by its schema', () =>
    serving(cronTabs(plain), async () => {
      const made = await post(objectsAt, cronTab('a', { schedule: '* * * * *', nope: 1, size: null }));
      assert.deepEqual(made.body['spec'], { schedule: '* * * * *', replicas: 1 });
      assert.match(made.headers['warning']?.toString() ?? '', /unknown field \\"spec.nope\\"/);
      const strict = await post(`${objectsAt}?fieldValidation=Strict`, cronTab('b', { nope: 1 }));
      assert.match(strict.message ?? '', /strict decoding error: unknown field "spec.nope"/);
      const wrong = await post(objectsAt, cronTab('b', { schedule: 'x', replicas: 'many' }));
      assert.equal(wrong.code, 422);
      assert.equal(
        wrong.message,
        `CronTab.example.com "b" is invalid: [spec.schedule: Invalid value: "x": spec.schedule in body should match '^[^ ]+( [^ ]+){4}$', spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"]`,
      );
    }));

  it('takes every patch but a strategic merge', () =>
    serving(cronTabs(plain), async () => {
      await post(objectsAt, cronTab('a', {}));
      const patch = (type: string, body: object) =>
        sendJson(transport, 'PATCH', `${objectsAt}/a?fieldManager=x&force=${type.startsWith('apply')}`, body, {
          'content-type': `application/${type}`,
        });
      const merge = await sendJson(transport, 'PATCH', `${objectsAt}/a`, { spec: { replicas: 2 } });
      assert.equal(field(merge.body, 'spec', 'replicas'), 2);
      assert.equal(field(merge.body, 'metadata', 'generation'), 2);
      const { code, message } = await patch('strategic-merge-patch+json', {});
      assert.equal(code, 415);
      assert.match(message ?? '', /json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml$/);
      const applied = await patch('apply-patch+yaml', cronTab('a', { size: 'big' }));
      assert.deepEqual(applied.body['spec'], { replicas: 2, size: 'big' });
    }));

  it('shows the columns of its definition', async () => {
    const additionalPrinterColumns = [{ name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' }];
    await serving(cronTabs(plain, { version: { additionalPrinterColumns } }), async () => {
      await post(objectsAt, cronTab('a', { schedule: '* * * * *' }));
      const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
      const { body } = await transport.request({ method: 'GET', path: objectsAt, headers });
      assert.deepEqual(await tableOfBody(body), { kind: 'Table', columns: ['Name', 'Schedule'], rows: 1 });
    });
  });

  it('has a status and a scale of its own where its definition says so', async () => {
    const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
    await serving(cronTabs(plain, { version: { subresources: { status: {}, scale } } }), async () => {
      const made = await post(objectsAt, { ...cronTab('a', {}), status: { replicas: 5 } });
      assert.equal(made.body['status'], undefined);
      const status = await sendJson(transport, 'PATCH', `${objectsAt}/a/status`, {
        spec: { replicas: 9 },
        status: { replicas: 4 },
      });
      assert.deepEqual(status.body['status'], { replicas: 4 });
      assert.deepEqual(status.body['spec'], { replicas: 1 });
      const judged = await sendJson(transport, 'PATCH', `${objectsAt}/a/status`, { status: { replicas: 'x' } });
      assert.match(judged.message ?? '', /status.replicas in body must be of type integer/);
      await sendJson(transport, 'PATCH', `${objectsAt}/a/scale`, { spec: { replicas: 3 } });
      const { body } = await get(`${objectsAt}/a/scale`);
      assert.deepEqual([body['spec'], body['status']], [{ replicas: 3 }, { replicas: 4 }]);
    });
  });

  it('can be selected by its selectable fields', async () => {
    const selectableFields = [{ jsonPath: '.spec.size' }];
    await serving(cronTabs(plain, { version: { selectableFields } }), async () => {
      await post(objectsAt, cronTab('a', { size: 'big' }));
      await post(objectsAt, cronTab('b', { size: 'small' }));
      const { body } = await get(`${objectsAt}?fieldSelector=spec.size%3Dbig`);
      assert.equal(field(body, 'items', 'length'), 1);
      assert.equal((await get(`${objectsAt}?fieldSelector=spec.replicas%3D1`)).code, 400);
    });
  });
});

describe('a changed definition', () => {
  const update = async (definition: ReturnType<typeof cronTabs>): Promise<void> => {
    const { code, message } = await sendJson(
      transport,
      'PATCH',
      `${definitionsAt}/${definition.metadata.name}`,
      definition,
    );
    assert.equal(code, 200, message);
  };

  it('holds at once, for objects that are there as well; what they broke before they may go on breaking', () =>
    serving(cronTabs(plain), async () => {
      await post(objectsAt, cronTab('a', { size: 'big', schedule: 'a b c d e' }));
      const properties: Record<string, JSONSchemaProps> = {
        ...plain.properties,
        size: { type: 'string', maxLength: 2 },
        color: { type: 'string', default: 'red' },
      };
      await update(cronTabs({ type: 'object', properties }));
      const { body } = await get(`${objectsAt}/a`);
      assert.equal(field(body, 'spec', 'color'), 'red');
      const listed = await get(objectsAt);
      assert.equal(field(listed.body, 'items', 0, 'spec', 'color'), 'red');
      assert.equal((await sendJson(transport, 'PATCH', `${objectsAt}/a`, { spec: { replicas: 2 } })).code, 200);
      assert.equal((await sendJson(transport, 'PATCH', `${objectsAt}/a`, { spec: { size: 'huge' } })).code, 422);
    }));

  it('with another version shows every object in both', () =>
    serving(cronTabs(plain), async () => {
      await post(objectsAt, cronTab('old', { size: 'big' }));
      const [v1] = cronTabs(plain).spec.versions;
      const v2 = { ...v1, name: 'v2', storage: true, deprecated: true };
      await update(cronTabs(plain, { spec: { versions: [{ ...v1, storage: false }, v2] } }));
      const second = objectsAt.replace('/v1/', '/v2/');
      await post(second, { ...cronTab('new', { size: 'small' }), apiVersion: 'example.com/v2' });
      for (const [path, apiVersion] of [
        [objectsAt, 'example.com/v1'],
        [second, 'example.com/v2'],
      ] as const) {
        const { body, headers } = await get(path);
        const items = body['items'] as { apiVersion: string; metadata: { name: string } }[];
        assert.deepEqual(
          items.map((item) => [item.metadata.name, item.apiVersion]),
          [
            ['new', apiVersion],
            ['old', apiVersion],
          ],
        );
        const isDeprecated = path === second;
        assert.equal(/example.com\/v2 CronTab is deprecated/.test(headers['warning']?.toString() ?? ''), isDeprecated);
      }
      const { body } = await get(`${definitionsAt}/crontabs.example.com`);
      assert.deepEqual(field(body, 'status', 'storedVersions'), ['v1', 'v2']);
      // Written again, an object is stored in the new version, though nothing else of it has changed.
      const { body: old } = await get(`${objectsAt}/old`);
      const rewritten = await sendJson(transport, 'PUT', `${objectsAt}/old`, old);
      assert.notEqual(field(rewritten.body, 'metadata', 'resourceVersion'), field(old, 'metadata', 'resourceVersion'));
    }));

  it('ends the watches of the kind that it was', () =>
    serving(cronTabs(plain), async () => {
      const { body } = await transport.request({ method: 'GET', path: `${objectsAt}?watch=true`, headers: {} });
      const ended = Array.fromAsync(body);
      await update(cronTabs({ type: 'object', properties: {} }));
      assert.deepEqual(await ended, []);
    }));
});

describe('names', () => {
  it('belong to whoever had them first, and are free when it goes', () =>
    serving(cronTabs(plain), async () => {
      const other = cronTabs(plain, { names: { plural: 'timers', kind: 'Timer', shortNames: ['ct'] } });
      await serving(other, async () => {
        const conditions = await conditionsOf('timers.example.com');
        assert.deepEqual(
          conditions.map(({ status, reason, message }) => [status, reason, message]),
          [
            ['False', 'ShortNamesConflict', '"ct" is already in use'],
            ['False', 'NotAccepted', 'not all names are accepted'],
          ],
        );
        assert.equal((await get('/apis/example.com/v1/timers')).code, 404);
        await remove(`${definitionsAt}/crontabs.example.com`);
        await gone('crontabs.example.com');
        assert.equal((await get('/apis/example.com/v1/timers')).code, 200);
      });
    }));

  it('of what is built in cannot be taken', async () => {
    const names = { plural: 'ingresses', kind: 'Ingress', shortNames: [] };
    const definition = cronTabs(plain, { names, spec: { group: 'networking.k8s.io' } });
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, a test' };
    const taking = { ...definition, metadata: { name: 'ingresses.networking.k8s.io', annotations } };
    await serving(taking, async () => {
      assert.equal((await conditionsOf('ingresses.networking.k8s.io'))[0]?.status, 'False');
      assert.equal((await get('/apis/networking.k8s.io/v1/ingresses')).body['kind'], 'IngressList');
    });
  });
});

describe('a deleted definition', () => {
  it('waits for its objects, takes no new ones, and says so', () =>
    serving(cronTabs(plain), async () => {
      await post(objectsAt, cronTab('free', {}));
      await post(objectsAt, cronTab('held', {}, { finalizers: ['example.com/hold'] }));
      await remove(`${definitionsAt}/crontabs.example.com`);
      const body = await eventually('its objects to go', async () => {
        const answer = await get(`${definitionsAt}/crontabs.example.com`);
        const reason = field(answer.body, 'status', 'conditions', 2, 'reason');
        return reason === 'InstanceDeletionInProgress' && field((await get(objectsAt)).body, 'items', 'length') === 1
          ? answer.body
          : undefined;
      });
      assert.deepEqual(field(body, 'metadata', 'finalizers'), ['customresourcecleanup.apiextensions.k8s.io']);
      assert.equal((await post(objectsAt, cronTab('late', {}))).code, 405);
      await sendJson(transport, 'PATCH', `${objectsAt}/held`, { metadata: { finalizers: null } });
      await gone('crontabs.example.com');
      assert.equal((await get(objectsAt)).code, 404);
    }));
});

describe('a server that starts again', () => {
  it('serves what is defined, and goes on with what is to go', async () => {
    const store = createMemoryStore();
    // The store outlives the servers over it.
    const kept = new Proxy(store, {
      get: (target, name) => {
        if (name === 'close') return () => Promise.resolve();
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    {
      await using first = await startTestServer({ store: kept });
      const to = first.server.transport(testAdmin);
      await sendJson(to, 'POST', definitionsAt, cronTabs(plain));
      await sendJson(to, 'POST', objectsAt, cronTab('a', {}));
    }
    {
      await using second = await startTestServer({ store: kept });
      const to = second.server.transport(testAdmin);
      assert.equal((await sendJson(to, 'GET', `${objectsAt}/a`)).code, 200);
      await sendJson(to, 'PATCH', `${objectsAt}/a`, { metadata: { finalizers: ['example.com/hold'] } });
      await sendJson(to, 'DELETE', `${definitionsAt}/crontabs.example.com`);
      await sleep(50);
    }
    await using third = await startTestServer({ store: kept });
    const to = third.server.transport(testAdmin);
    await sendJson(to, 'PATCH', `${objectsAt}/a`, { metadata: { finalizers: null } });
    const definition = `${definitionsAt}/crontabs.example.com`;
    await eventually('the definition to go', async () => (await sendJson(to, 'GET', definition)).code === 404);
    await store.close();
  });
});
