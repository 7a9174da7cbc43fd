import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../../system/testing/eventually.ts';
import type { JsonAnswer } from '../testing/answers.ts';
import { sendJson } from '../testing/answers.ts';
import type { TestServer } from '../testing/start.ts';
import { startTestServer } from '../testing/start.ts';

let server: TestServer;
let transport: ReturnType<TestServer['server']['transport']>;
before(async () => {
  server = await startTestServer();
  transport = server.server.transport({ name: 'admin', groups: ['system:masters'] });
});
after(async () => server[Symbol.asyncDispose]());

const send = (method: string, path: string, body?: object): Promise<JsonAnswer> =>
  sendJson(transport, method, path, body);

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}
interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: { readonly conditions?: readonly Condition[] };
}

async function itemsOf(path: string): Promise<readonly Listed[]> {
  return (await send('GET', path)).body['items'] as readonly Listed[];
}

const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
const flowcontrol = '/apis/flowcontrol.apiserver.k8s.io/v1';

describe('APIServices', () => {
  it('there is one for each version of each group, and all are there', async () => {
    const items = await itemsOf(apiServices);
    const names = items.map(({ metadata }) => metadata.name);
    for (const name of [
      'v1.',
      'v1.apps',
      'v2.autoscaling',
      'v1.networking.k8s.io',
      'v1.flowcontrol.apiserver.k8s.io',
    ]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.includes('v1.apiregistration.k8s.io'));
    for (const { metadata, status } of items) {
      assert.deepEqual(
        status.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`),
        ['Available True Local'],
        metadata.name,
      );
    }
  });

  it('one comes and goes with the group of a custom resource', async () => {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const version = {
      name: 'v1beta2',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object' } },
    };
    const created = await send('POST', crds, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'ships.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'ships', singular: 'ship', kind: 'Ship' },
        versions: [version],
      },
    });
    assert.equal(created.code, 201, created.message);
    const path = `${apiServices}/v1beta2.example.com`;
    await eventually('the object of the custom group', async () => {
      const { body } = await send('GET', path);
      assert.deepEqual(body['spec'], {
        group: 'example.com',
        version: 'v1beta2',
        groupPriorityMinimum: 1000,
        versionPriority: 100,
      });
      return true;
    });
    await send('DELETE', `${crds}/ships.example.com`);
    await eventually('that object gone', async () => (await send('GET', path)).code === 404);
  });

  it('one of another server is taken, and said not to be available', async () => {
    const { code, body } = await send('POST', apiServices, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.other.example.com' },
      spec: {
        group: 'other.example.com',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { namespace: 'default', name: 'other' },
      },
    });
    assert.equal(code, 201);
    const { spec, status } = body as unknown as Listed;
    assert.deepEqual(status, {}, 'nobody knows yet');
    assert.deepEqual(spec['service'], { namespace: 'default', name: 'other', port: 443 });
    for (const deadline = Date.now() + 30_000; ;) {
      const { body: now } = await send('GET', `${apiServices}/v1.other.example.com`);
      const condition = (now as unknown as Listed).status.conditions?.[0];
      if (condition?.reason === 'ServiceNotFound') break;
      assert.ok(Date.now() < deadline, JSON.stringify(condition));
      await new Promise((resolve) => void setTimeout(resolve, 10));
    }
  });

  it('its name says what it is for', async () => {
    const { code, message } = await send('POST', apiServices, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v2.example.com' },
      spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 30_000, versionPriority: 1 },
    });
    assert.equal(code, 422);
    assert.match(
      message ?? '',
      /metadata\.name: Invalid value: "v2\.example\.com": must be `spec\.version\+"\."\+spec\.group`: "v1\.example\.com"/,
    );
    assert.match(message ?? '', /spec\.groupPriorityMinimum: .*must be positive and less than 20000/);
  });
});

describe('flow control', () => {
  it('every schema of the start names a level that is there', async () => {
    assert.equal((await itemsOf(`${flowcontrol}/prioritylevelconfigurations`)).length, 8);
    assert.equal((await itemsOf(`${flowcontrol}/flowschemas`)).length, 13);
    await eventually('all levels found', async () => {
      for (const { metadata, status } of await itemsOf(`${flowcontrol}/flowschemas`)) {
        assert.equal(status.conditions?.[0]?.reason, 'Found', metadata.name);
      }
      return true;
    });
  });

  it('a schema whose level is missing is said to dangle', async () => {
    const { code } = await send('POST', `${flowcontrol}/flowschemas`, {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: 'lost' },
      spec: { priorityLevelConfiguration: { name: 'none' } },
    });
    assert.equal(code, 201);
    await eventually('the missing level noticed', async () => {
      const { body } = await send('GET', `${flowcontrol}/flowschemas/lost`);
      const { spec, status } = body as unknown as Listed;
      assert.equal(spec['matchingPrecedence'], 1000);
      assert.deepEqual(
        status.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`),
        ['Dangling True NotFound'],
      );
      return true;
    });
  });
});
