import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ManagedFieldsEntry } from '../../api/meta/meta.schema.ts';
import type { InProcessTransport } from '../http/in-process.ts';
import { sendJson } from '../testing/answers.ts';
import type { TestServer } from '../testing/start.ts';
import { startTestServer, testAdmin } from '../testing/start.ts';

let server: TestServer;
let transport: InProcessTransport;
before(async () => {
  server = await startTestServer();
  transport = server.server.transport(testAdmin);
});
after(async () => server[Symbol.asyncDispose]());

interface Shown {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly managedFields?: readonly ManagedFieldsEntry[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}
interface Answer {
  readonly code: number;
  readonly message: string | undefined;
  readonly object: Shown;
}

async function send(method: string, path: string, body: object, type: string): Promise<Answer> {
  const { code, message, body: object } = await sendJson(transport, method, path, body, { 'content-type': type });
  return { code, message, object: object as unknown as Shown };
}
const applyTo = (path: string, manager: string, body: object, query = ''): Promise<Answer> =>
  send('PATCH', `${path}?fieldManager=${manager}${query}`, body, 'application/apply-patch+yaml');
const post = (path: string, body: object): Promise<Answer> => send('POST', path, body, 'application/json');
const merge = (path: string, body: object): Promise<Answer> =>
  send('PATCH', path, body, 'application/merge-patch+json');

/** Who owns what, without times: `manager operation version subresource: fields`. */
function owners({ metadata }: Shown): Record<string, unknown> {
  const entries = (metadata.managedFields ?? []).map(
    ({ manager, operation, apiVersion, subresource, fieldsV1 }) =>
      [[manager, operation, apiVersion, subresource].filter(Boolean).join(' '), fieldsV1] as const,
  );
  return Object.fromEntries(entries);
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const deploymentsAt = '/apis/apps/v1/namespaces/default/deployments';
function deployment(name: string, image: string, more: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
      ...more,
    },
  };
}
function configMap(name: string, data: object): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}
const configMapsAt = '/api/v1/namespaces/default/configmaps';

describe('from client-side to server-side apply', () => {
  const path = `${deploymentsAt}/upgraded`;

  it('kubectl may take over what it applied before, though it has changed since', async () => {
    const first = deployment('upgraded', 'one:1', { minReadySeconds: 5 }) as Shown;
    const text = `${JSON.stringify(first)}\n`;
    const annotated = { ...first, metadata: { ...first.metadata, annotations: { [lastApplied]: text } } };
    const created = await post(`${deploymentsAt}?fieldManager=kubectl-client-side-apply`, annotated);
    assert.equal(created.code, 201);
    const applied = await applyTo(path, 'kubectl', deployment('upgraded', 'one:2'));
    assert.equal(applied.code, 200, applied.message);
    // The annotation follows, for those who go back to client-side apply.
    assert.match(applied.object.metadata.annotations?.[lastApplied] ?? '', /one:2/);
    assert.deepEqual(Object.keys(owners(applied.object)), [
      'kubectl Apply apps/v1',
      'kubectl-client-side-apply Update apps/v1',
    ]);
    // Still owned by its predecessor: that is what kubectl migrates next.
    assert.equal(applied.object.spec['minReadySeconds'], 5);
  });

  it('once the managers are joined, what is left out goes', async () => {
    const { object } = await send('GET', path, {}, 'application/json');
    const [apply, update] = object.metadata.managedFields ?? [];
    const joined = [{ ...update, manager: 'kubectl', operation: 'Apply' }];
    assert.equal(apply?.operation, 'Apply');
    const migration = [
      { op: 'replace', path: '/metadata/managedFields', value: joined },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    ];
    assert.equal((await send('PATCH', path, migration, 'application/json-patch+json')).code, 200);
    const applied = await applyTo(path, 'kubectl', deployment('upgraded', 'one:2'));
    assert.equal(applied.object.spec['minReadySeconds'], undefined);
    assert.deepEqual(Object.keys(owners(applied.object)), ['kubectl Apply apps/v1']);
  });

  it('what somebody else has changed since stays a conflict', async () => {
    await merge(`${path}?fieldManager=kubectl-edit`, { spec: { paused: true } });
    const { code, message } = await applyTo(path, 'kubectl', deployment('upgraded', 'one:2', { paused: false }));
    assert.equal(code, 409);
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.paused');
  });

  it('nobody but kubectl takes over', async () => {
    const { code } = await applyTo(path, 'another', deployment('upgraded', 'one:3'));
    assert.equal(code, 409);
  });
});

describe('an object without a record', () => {
  const path = `${configMapsAt}/unrecorded`;

  it('goes on without one while it is only updated', async () => {
    await post(configMapsAt, configMap('unrecorded', { x: '1' }));
    const reset = await merge(path, { metadata: { managedFields: [{}] } });
    assert.equal(reset.object.metadata.managedFields, undefined);
    const { object } = await merge(`${path}?fieldManager=b`, { data: { y: '1' } });
    assert.equal(object.metadata.managedFields, undefined);
  });

  it('belongs to those before the first apply', async () => {
    const { code, message } = await applyTo(path, 'a', configMap('unrecorded', { x: '2' }));
    assert.equal(code, 409);
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x');
    const { object } = await applyTo(path, 'a', configMap('unrecorded', { x: '2' }), '&force=true');
    assert.deepEqual(owners(object), {
      'a Apply v1': { 'f:data': { 'f:x': {} } },
      'before-first-apply Update v1': { 'f:data': { '.': {}, 'f:y': {} } },
    });
  });
});

describe('applying', () => {
  it('makes what is not there, unless a version of it is named', async () => {
    const path = `${configMapsAt}/made`;
    const named = configMap('made', {}) as Shown;
    const versioned = { ...named, metadata: { ...named.metadata, resourceVersion: '1' } };
    assert.equal((await applyTo(path, 'a', versioned)).code, 409);
    assert.equal((await applyTo(path, 'a', named, '&dryRun=All')).code, 201);
    assert.equal((await applyTo(path, 'a', named)).code, 201);
    assert.equal((await applyTo(path, 'a', named)).code, 200);
  });

  it('again writes nothing', async () => {
    const path = `${deploymentsAt}/again`;
    const body = deployment('again', 'one', {
      template: undefined,
      strategy: { type: 'Recreate', rollingUpdate: null },
    });
    const whole = {
      ...body,
      spec: { ...(body as Shown).spec, template: (deployment('again', 'one') as Shown).spec['template'] },
    };
    const { object: first, message } = await applyTo(path, 'a', whole);
    const { object: second } = await applyTo(path, 'a', whole);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion, message);
    assert.deepEqual(second.metadata.managedFields, first.metadata.managedFields);
  });

  it('a status through the object itself is neither set nor disputed', async () => {
    const path = `${deploymentsAt}/stated`;
    await applyTo(path, 'a', deployment('stated', 'one'));
    await merge(`${path}/status?fieldManager=controller`, { status: { observedGeneration: 1 } });
    const { code, object } = await applyTo(path, 'a', {
      ...deployment('stated', 'one'),
      status: { observedGeneration: 9 },
    });
    assert.equal(code, 200);
    assert.deepEqual((object as unknown as { status: unknown }).status, { observedGeneration: 1 });
    const status = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, status: { replicas: 1 } };
    const applied = await applyTo(`${path}/status`, 'a', status);
    assert.deepEqual(Object.keys(owners(applied.object)).toSorted(), [
      'a Apply apps/v1',
      'a Apply apps/v1 status',
      'controller Update apps/v1 status',
    ]);
  });

  it('through a subresource leaves the record of owners to the server', async () => {
    const path = `${deploymentsAt}/stated`;
    const { object } = await merge(`${path}/status?fieldManager=b`, { metadata: { managedFields: [{}] } });
    assert.equal(Object.keys(owners(object)).length, 3);
  });

  it('a Scale owns the replicas of its object', async () => {
    const path = `${deploymentsAt}/scaled`;
    await applyTo(path, 'a', deployment('scaled', 'one', { replicas: 2 }));
    const scale = (replicas: number): object => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'scaled', namespace: 'default' },
      spec: { replicas },
    });
    const { message } = await applyTo(`${path}/scale`, 'b', scale(3));
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "a": .spec.replicas');
    const { object } = await applyTo(`${path}/scale`, 'b', scale(3), '&force=true');
    assert.deepEqual(object.spec, { replicas: 3 });
    const conflict = await applyTo(path, 'a', deployment('scaled', 'one', { replicas: 2 }));
    assert.match(conflict.message ?? '', /conflict with "b" with subresource "scale": .spec.replicas$/);
    const left = await applyTo(path, 'a', deployment('scaled', 'one'));
    assert.equal(left.object.spec['replicas'], 3);
  });

  it('what does not fit the schema fails, and says where', async () => {
    const { code, message, object } = await applyTo(
      `${deploymentsAt}/bad`,
      'a',
      deployment('bad', 'x', { foo: 1, replicas: '3' }),
    );
    assert.equal(code, 500);
    assert.equal((object as unknown as { reason?: string }).reason, undefined);
    assert.equal(
      message,
      'failed to create typed patch object (default/bad; apps/v1, Kind=Deployment): errors:\n' +
        '  .spec.foo: field not declared in schema\n' +
        '  .spec.replicas: expected numeric (int or float), got string',
    );
    const other = await applyTo(`${deploymentsAt}/bad`, 'a', { ...deployment('bad', 'x'), apiVersion: 'v1' });
    assert.deepEqual([other.code, other.message], [400, 'invalid object type: /v1, Kind=Deployment']);
  });
});

describe('an autoscaler in two versions', () => {
  const scaler = (version: string, spec: object): object => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
  });
  const at = (version: string): string =>
    `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers/web`;
  const utilization = (percent: number): object => ({
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } },
    ],
  });

  it('is applied in the old one and goes on in the new one', async () => {
    const old = await applyTo(at('v1'), 'a', scaler('v1', { minReplicas: 2, targetCPUUtilizationPercentage: 50 }));
    assert.equal(old.code, 201, old.message);
    const conflict = await applyTo(at('v2'), 'b', scaler('v2', { minReplicas: 3 }));
    assert.equal(conflict.message, 'Apply failed with 1 conflict: conflict with "a": .spec.minReplicas');
    const metrics = await applyTo(at('v2'), 'b', scaler('v2', utilization(60)));
    assert.equal(
      metrics.message,
      'Apply failed with 1 conflict: conflict with "a": .spec.targetCPUUtilizationPercentage',
    );
    const moved = await applyTo(at('v2'), 'a', scaler('v2', utilization(60)));
    assert.equal(moved.code, 200, moved.message);
    assert.notEqual(moved.object.spec['minReplicas'], 2);
    assert.deepEqual(Object.keys(owners(moved.object)), ['a Apply autoscaling/v2']);
  });
});
