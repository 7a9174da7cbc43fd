import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Service } from '../api/core/service.schema.ts';
import type { KubeObject, Unsaved } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import {
  ipAddresses,
  serviceCidrs,
  clusterRoles,
  configMaps,
  deployments,
  limitRanges,
  namespaces,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  resourceQuotas,
  serviceAccounts,
  services,
} from '../api/resources.ts';
import { isStatus, StatusError } from '../api/status-error.ts';
import { eventually } from '../system/testing/eventually.ts';
import { createMemoryStore } from '../store/testing/memory-store.ts';
import { tableOfBody } from './testing/answers.ts';
import type { TestServer } from './testing/start.ts';
import { startTestServer } from './testing/start.ts';

type Fields = Record<string, unknown>;

let server: TestServer;
before(async () => {
  server = await startTestServer({ advertise: { address: '192.0.2.1', port: 6443 } });
  await create(serviceAccounts, 'default', {});
});
after(async () => server[Symbol.asyncDispose]());

/** A new object of a resource, in namespace `default` unless said otherwise. */
function draft<T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  fields: Fields,
  metadata: Fields = {},
): Unsaved<T> {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const where = resource.namespaced ? { namespace: 'default' } : {};
  const object = { apiVersion, kind: resource.kind, metadata: { name, ...where, ...metadata }, ...fields };
  return object as unknown as Unsaved<T>;
}

function create<T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  fields: Fields,
  metadata: Fields = {},
): Promise<T> {
  return server.client().create(resource, draft(resource, name, fields, metadata));
}

const podSpec = { containers: [{ name: 'c', image: 'busybox' }] };
const inDefault = (name: string) => ({ name, namespace: 'default' });

async function refusal(work: Promise<unknown>): Promise<StatusError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error));
    return error;
  }
  assert.fail('was not refused');
}

describe('a fresh server', () => {
  it('has the namespaces and the Service of every cluster', async () => {
    const { items } = await server.client().list(namespaces);
    const names = items.map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    const { spec } = await server.client().get(services, inDefault('kubernetes'));
    assert.equal(spec.clusterIP, '10.233.0.1');
    assert.deepEqual(spec.ports, [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }]);
  });

  it('answers health and version', async () => {
    const client = server.client();
    assert.equal((await client.raw('GET', '/readyz')).body.toString(), 'ok');
    const { body } = await client.raw('GET', '/version');
    assert.match(body.toString(), /^\{\n {2}"major": "1",\n {2}"minor": "36",\n/);
  });

  it('knows no object of a namespace without its namespace', async () => {
    const { status, body } = await server.client().raw('GET', '/apis/rbac.authorization.k8s.io/v1/roles/a');
    assert.equal(status, 404);
    assert.match(body.toString(), /"message":"the server could not find the requested resource"/);
  });

  it('does not know strangers', async () => {
    const stranger = server.client({ name: 'stranger', groups: ['system:authenticated'] });
    const error = await refusal(stranger.list(pods, { namespace: 'default' }));
    assert.equal(error.code, 403);
    assert.equal(
      error.message,
      'pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  });
});

describe('a server that starts again', () => {
  it('gives its own roles back what they lack, and leaves what people added', async () => {
    const store = createMemoryStore();
    const keep = {
      ...store,
      get revision() {
        return store.revision;
      },
      close: () => Promise.resolve(),
    };
    const first = await startTestServer({ store: keep });
    const client = first.client();
    const role = await client.get(clusterRoles, { name: 'system:discovery' });
    const own = { verbs: ['get'], nonResourceURLs: ['/own'] };
    await client.update(clusterRoles, { ...role, rules: [own] });
    await first[Symbol.asyncDispose]();
    const second = await startTestServer({ store });
    const again = await second.client().get(clusterRoles, { name: 'system:discovery' });
    assert.deepEqual(again.rules, [own, ...(role.rules ?? [])]);
    await second[Symbol.asyncDispose]();
  });
});

describe('writes', () => {
  it('default, number and record an object', async () => {
    const made = await create(deployments, 'web', {
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: podSpec },
      },
    });
    assert.equal(made.spec.replicas, 1);
    assert.equal(made.metadata.generation, 1);
    assert.deepEqual(
      made.metadata.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [['test', 'Update']],
    );
    const client = server.client();
    const labelled = await client.patch(deployments, inDefault('web'), 'merge', { metadata: { labels: { x: 'y' } } });
    assert.equal(labelled.metadata.generation, 1);
    const scaled = await client.patch(deployments, inDefault('web'), 'strategic', { spec: { replicas: 3 } });
    assert.equal(scaled.metadata.generation, 2);
    const status = await client.updateStatus(deployments, { ...scaled, status: { replicas: 3 }, spec: made.spec });
    assert.equal(status.spec.replicas, 3, 'status leaves the rest alone');
    assert.equal(status.status.replicas, 3);
    assert.equal(status.metadata.generation, 2);
    // Go programs that know only the status send the rest as null.
    const blank = { spec: { selector: null, template: { spec: { containers: null } } }, status: { replicas: 4 } };
    const patched = await client.patch(deployments, inDefault('web'), 'merge', blank, { subresource: 'status' });
    assert.deepEqual([patched.status.replicas, patched.spec], [4, status.spec]);
  });

  it('that change nothing write nothing', async () => {
    const made = await create(configMaps, 'same', { data: { a: '1' } });
    const again = await server.client().patch(configMaps, inDefault('same'), 'merge', { data: { a: '1' } });
    assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
  });

  it('lose when they come from an old version', async () => {
    const made = await create(configMaps, 'raced', { data: { a: '1' } });
    await server.client().update(configMaps, { ...made, data: { a: '2' } });
    const error = await refusal(server.client().update(configMaps, { ...made, data: { a: '3' } }));
    assert.ok(isStatus(error, 'Conflict'));
    assert.match(error.message, /the object has been modified; please apply your changes to the latest version/);
  });

  it('into a namespace that is not there', async () => {
    const error = await refusal(create(configMaps, 'x', {}, { namespace: 'nowhere' }));
    assert.equal(error.message, 'namespaces "nowhere" not found');
  });

  it('draw a name again when a generated one is taken', async () => {
    const made = await create(configMaps, '', {}, { name: undefined, generateName: 'drawn-' });
    assert.match(made.metadata.name, /^drawn-[a-z0-9]{5}$/);
  });

  it('without effect for a dry run', async () => {
    const path = '/api/v1/namespaces/default/configmaps?dryRun=All';
    const { status } = await server.client().raw('POST', path, draft(configMaps, 'dry', {}));
    assert.equal(status, 201);
    assert.ok(isStatus(await refusal(server.client().get(configMaps, inDefault('dry'))), 'NotFound'));
  });
});

describe('Services', () => {
  const port = (fields: Fields = {}) => ({ ports: [{ port: 80, ...fields }], selector: { app: 'x' } });

  it('made at once all have addresses and ports of their own', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    const made = await Promise.all(
      names.map((name) => create(services, name, { spec: { type: 'NodePort', ...port() } })),
    );
    assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, names.length);
    assert.equal(new Set(made.map(({ spec }) => spec.ports?.[0]?.nodePort)).size, names.length);
  });

  it('two hundred at once, some by number, never share one, and each has its IPAddress', async () => {
    const name = (index: number): string => `crowd-${index}`;
    const asked = (index: number): Fields =>
      index % 4 === 0
        ? { clusterIP: `10.233.0.${index / 4 + 10}`, type: 'NodePort', ...port({ nodePort: 30_000 + index / 4 }) }
        : {};
    const made = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        create(services, name(index), { spec: { type: 'NodePort', ...port(), ...asked(index) } }),
      ),
    );
    assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, 200);
    assert.equal(new Set(made.map(({ spec }) => spec.ports?.[0]?.nodePort)).size, 200);
    const records = async () =>
      (await server.client().list(ipAddresses)).items.filter(({ spec }) => spec.parentRef.name.startsWith('crowd-'));
    assert.deepEqual(
      new Set((await records()).map(({ metadata, spec }) => `${metadata.name} ${spec.parentRef.name}`)),
      new Set(made.map(({ metadata, spec }) => `${spec.clusterIP} ${metadata.name}`)),
    );
    // Of those that ask for one address at once, one gets it, and nothing is left of the others.
    const rivals = Array.from({ length: 10 }, (_, index) => `rival-${index}`);
    const results = await Promise.allSettled(
      rivals.map((rival) => create(services, rival, { spec: { clusterIP: '10.233.0.200', ...port() } })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    await Promise.all(made.map(({ metadata }) => server.client().delete(services, inDefault(metadata.name))));
    await eventually('no records left', async () => (await records()).length === 0);
  });

  it('get addresses of further ranges, and of none that is on its way out', async () => {
    const asking = () => create(services, 'further', { spec: { clusterIP: '10.97.0.9', ...port() } });
    assert.match((await refusal(asking())).message, /the provided network does not match the current range/);
    await server.client().create(serviceCidrs, draft(serviceCidrs, 'further', { spec: { cidrs: ['10.97.0.0/24'] } }));
    assert.equal((await asking()).spec.clusterIP, '10.97.0.9');
    await server.client().delete(serviceCidrs, { name: 'further' });
    await server.client().delete(services, inDefault('further'));
    assert.match((await refusal(asking())).message, /the provided network does not match the current range/);
  });

  it('get what they ask for, once', async () => {
    const made = await create(services, 'asking', {
      spec: { clusterIP: '10.233.0.77', type: 'NodePort', ...port({ nodePort: 30_077 }) },
    });
    assert.equal(made.spec.clusterIP, '10.233.0.77');
    const address = await refusal(create(services, 'late', { spec: { clusterIP: '10.233.0.77', ...port() } }));
    assert.equal(
      address.message,
      'Service "late" is invalid: spec.clusterIPs: Invalid value: ["10.233.0.77"]: failed to allocate IP 10.233.0.77: provided IP is already allocated',
    );
    const taken = await refusal(
      create(services, 'late', { spec: { type: 'NodePort', ...port({ nodePort: 30_077 }) } }),
    );
    assert.match(taken.message, /spec.ports\[0\].nodePort: Invalid value: 30077: provided port is already allocated/);
    await server.client().delete(services, inDefault('asking'));
    const next = await create(services, 'late', {
      spec: { clusterIP: '10.233.0.77', type: 'NodePort', ...port({ nodePort: 30_077 }) },
    });
    assert.equal(next.spec.ports?.[0]?.nodePort, 30_077);
  });

  it('give back what their new type has no use for', async () => {
    const client = server.client();
    const change = (spec: Fields): Promise<Service> =>
      client.patch(services, inDefault('shifting'), 'strategic', { spec });
    const made = await create(services, 'shifting', { spec: { type: 'NodePort', ...port() } });
    const inside = await change({ type: 'ClusterIP' });
    assert.equal(inside.spec.clusterIP, made.spec.clusterIP);
    assert.equal(inside.spec.ports?.[0]?.nodePort, undefined);
    const named = await change({ type: 'ExternalName', externalName: 'example.com' });
    assert.equal(named.spec.clusterIP, undefined);
    const back = await change({ type: 'ClusterIP', externalName: null });
    assert.match(back.spec.clusterIP ?? '', /^10\.233\./);
  });
});

describe('pods', () => {
  it('get a ServiceAccount, its token, a priority and tolerations', async () => {
    const { spec } = await create(pods, 'plain', { spec: podSpec });
    assert.equal(spec.serviceAccountName, 'default');
    assert.equal(spec.priority, 0);
    assert.equal(spec.tolerations?.length, 2);
    const [volume] = spec.volumes ?? [];
    assert.match(volume?.name ?? '', /^kube-api-access-[a-z0-9]{5}$/);
    assert.equal(spec.containers[0]?.volumeMounts?.[0]?.name, volume?.name);
  });

  it('wait for the account of a new namespace', async () => {
    await create(namespaces, 'young', {});
    const where = { namespace: 'young' };
    const pod = create(pods, 'eager', { spec: podSpec }, where);
    await create(serviceAccounts, 'default', {}, where);
    assert.equal((await pod).spec.serviceAccountName, 'default');
  });

  it('need the ServiceAccount that they name', async () => {
    const error = await refusal(create(pods, 'orphan', { spec: { ...podSpec, serviceAccountName: 'nobody' } }));
    assert.equal(
      error.message,
      'pods "orphan" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    );
  });

  it('keep, through a change, what was given to them when they were new', async () => {
    const client = server.client();
    const pod = await create(pods, 'changed', { spec: podSpec });
    const { priority, preemptionPolicy, tolerations = [], ...spec } = pod.spec;
    const own = { key: 'own', operator: 'Exists' as const };
    const changed = await client.update(pods, { ...pod, spec: { ...spec, tolerations: [own] } });
    assert.deepEqual(changed.spec, { ...spec, priority, preemptionPolicy, tolerations: [own, ...tolerations] });
    assert.deepEqual([priority, tolerations.length, changed.metadata.generation], [0, 2, 2]);
  });

  it('are bound once, end with grace, and go when the kubelet says so', async () => {
    const client = server.client();
    await create(pods, 'bound', { spec: podSpec });
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bound' },
      target: { kind: 'Node', name: 'node-1' },
    };
    await client.post(pods, inDefault('bound'), 'binding', binding);
    // Where a pod runs is no change of what its author wants.
    assert.equal((await client.get(pods, inDefault('bound'))).metadata.generation, 1);
    const again = await refusal(client.post(pods, inDefault('bound'), 'binding', binding));
    assert.match(again.message, /pod bound is already assigned to node "node-1"/);
    await client.delete(pods, inDefault('bound'));
    const { metadata } = await client.get(pods, inDefault('bound'));
    assert.equal(metadata.deletionGracePeriodSeconds, 30);
    await client.delete(pods, inDefault('bound'), { gracePeriodSeconds: 0 });
    assert.ok(isStatus(await refusal(client.get(pods, inDefault('bound'))), 'NotFound'));
  });

  it('are evicted as far as their budget allows', async () => {
    const client = server.client();
    await create(pods, 'guarded', { spec: { ...podSpec, nodeName: 'node-1' } }, { labels: { app: 'guarded' } });
    const pod = await client.get(pods, inDefault('guarded'));
    const conditions = [{ type: 'Ready', status: 'True' as const }];
    await client.updateStatus(pods, { ...pod, status: { ...pod.status, phase: 'Running', conditions } });
    const selector = { matchLabels: { app: 'guarded' } };
    const budget = await create(podDisruptionBudgets, 'budget', { spec: { minAvailable: 1, selector } });
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'guarded' } };
    const evict = (): Promise<unknown> => client.post(pods, inDefault('guarded'), 'eviction', eviction);
    const early = await refusal(evict());
    assert.equal(early.details?.retryAfterSeconds, 10, 'the controller has not seen the budget yet');
    const status = { observedGeneration: 1, desiredHealthy: 1, currentHealthy: 1, expectedPods: 1 };
    const seen = await client.updateStatus(podDisruptionBudgets, { ...budget, status });
    const refused = await refusal(evict());
    assert.equal(refused.code, 429);
    assert.equal(refused.message, "Cannot evict pod as it would violate the pod's disruption budget.");
    await client.updateStatus(podDisruptionBudgets, { ...seen, status: { ...status, disruptionsAllowed: 1 } });
    await evict();
    const evicted = await client.get(pods, inDefault('guarded'));
    assert.notEqual(evicted.metadata.deletionTimestamp, undefined);
    assert.deepEqual(
      evicted.status.conditions?.map(({ type, reason = '' }) => [type, reason]),
      [
        ['Ready', ''],
        ['DisruptionTarget', 'EvictionByEvictionAPI'],
      ],
    );
    const spent = await client.get(podDisruptionBudgets, inDefault('budget'));
    assert.equal(spent.status.disruptionsAllowed, 0);
  });

  it('vanish at once when they were never scheduled', async () => {
    await create(pods, 'unscheduled', { spec: podSpec });
    await server.client().delete(pods, inDefault('unscheduled'));
    assert.ok(isStatus(await refusal(server.client().get(pods, inDefault('unscheduled'))), 'NotFound'));
  });
});

describe('lists and watches', () => {
  const twoOfThem = 'kubernetes.io/metadata.name in (default,kube-public)';

  it('page through one state of the collection', async () => {
    const client = server.client();
    await Promise.all(['a', 'b', 'c'].map((name) => create(configMaps, name, {}, { labels: { page: 'yes' } })));
    const first = await client.list(configMaps, { namespace: 'default', labelSelector: 'page=yes', limit: 2 });
    assert.deepEqual(
      first.items.map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
    await client.delete(configMaps, inDefault('c'));
    const query = { namespace: 'default', labelSelector: 'page=yes', limit: 2, continue: first.continue ?? '' };
    const rest = await client.list(configMaps, query);
    assert.deepEqual(
      rest.items.map(({ metadata }) => metadata.name),
      ['c'],
      'as it was when the list began',
    );
  });

  it('show what comes into view and what leaves it', async () => {
    const client = server.client();
    const abort = new AbortController();
    const { resourceVersion } = await client.list(configMaps, { namespace: 'default' });
    const query = { namespace: 'default', labelSelector: 'seen=yes', resourceVersion };
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of client.watch(configMaps, query, abort.signal)) {
        if (event.type !== 'BOOKMARK') seen.push(`${event.type} ${event.object.metadata.name}`);
        if (seen.length === 3) return;
      }
    })();
    await create(configMaps, 'unseen', {});
    await create(configMaps, 'seen', {}, { labels: { seen: 'yes' } });
    await client.patch(configMaps, inDefault('seen'), 'merge', { data: { a: '1' } });
    await client.patch(configMaps, inDefault('seen'), 'merge', { metadata: { labels: { seen: 'no' } } });
    await watching;
    abort.abort();
    assert.deepEqual(seen, ['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
  });

  it('start with the state where the client asks for it', async () => {
    const abort = new AbortController();
    const names: string[] = [];
    const events = server
      .client()
      .watch(namespaces, { sendInitialEvents: true, labelSelector: twoOfThem }, abort.signal);
    for await (const event of events) {
      if (event.type === 'BOOKMARK') {
        assert.equal(event.initialEventsEnd, true);
        break;
      }
      names.push(`${event.type} ${event.object.metadata.name}`);
    }
    abort.abort();
    assert.deepEqual(names, ['ADDED default', 'ADDED kube-public']);
  });

  it('are tables for those who want them', async () => {
    const answer = await server.server.transport({ name: 'a', groups: ['system:masters'] }).request({
      method: 'GET',
      path: `/api/v1/namespaces?labelSelector=${encodeURIComponent(twoOfThem)}`,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    });
    const table = await tableOfBody(answer.body);
    assert.deepEqual(table, { kind: 'Table', columns: ['Name', 'Status', 'Age'], rows: 2 });
  });
});

describe('a deprecated kind', () => {
  const path = '/api/v1/namespaces/default/endpoints';
  const body = Buffer.from(JSON.stringify({ metadata: { name: 'old' } }));
  for (const [method, where, sent] of [
    ['GET', path, undefined],
    ['POST', path, body],
    ['GET', `${path}/old`, undefined],
    ['DELETE', `${path}/old`, undefined],
  ] as const) {
    it(`warns of itself once on ${method} ${where}`, async () => {
      const answer = await server.server.transport({ name: 'a', groups: ['system:masters'] }).request({
        method,
        path: where,
        headers: { 'content-type': 'application/json' },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const words = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
      assert.equal(answer.headers['warning'], `299 - "${words}"`);
    });
  }
});

describe('kinds that share storage', () => {
  const json = async (method: string, path: string, body?: unknown): Promise<Fields> => {
    const answer = await server.client().raw(method, path, body);
    assert.ok(answer.status < 300, answer.body.toString());
    return JSON.parse(answer.body.toString()) as Fields;
  };

  it('show an Event under its old and its new names', async () => {
    const event = {
      metadata: { name: 'seen' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/a',
      reportingInstance: 'x',
      action: 'Look',
      reason: 'Seen',
      type: 'Normal',
      note: 'hello',
      regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    };
    const made = await json('POST', '/apis/events.k8s.io/v1/namespaces/default/events', event);
    assert.equal(made['note'], 'hello');
    const core = await json('GET', '/api/v1/namespaces/default/events/seen');
    assert.equal(core['message'], 'hello');
    assert.deepEqual(core['involvedObject'], event.regarding);
    const { items } = await json('GET', '/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=reason%3DSeen');
    assert.equal((items as Fields[])[0]?.['note'], 'hello');
  });

  it('keep what an old version has no field for', async () => {
    const path = (version: string): string =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const target = { type: 'Utilization', averageUtilization: 60 };
    const metrics = ['cpu', 'memory'].map((name) => ({ type: 'Resource', resource: { name, target } }));
    const spec = { scaleTargetRef, minReplicas: 1, maxReplicas: 3, metrics };
    await json('POST', path('v2'), { metadata: { name: 'h' }, spec });
    const old = await json('GET', `${path('v1')}/h`);
    assert.equal((old['spec'] as Fields)['targetCPUUtilizationPercentage'], 60);
    await json('PUT', `${path('v1')}/h`, { ...old, spec: { ...(old['spec'] as object), maxReplicas: 5 } });
    const { spec: now } = await json('GET', `${path('v2')}/h`);
    assert.equal((now as Fields)['maxReplicas'], 5);
    const names = ((now as Fields)['metrics'] as { resource: { name: string } }[]).map(({ resource }) => resource.name);
    assert.deepEqual(names.toSorted(), ['cpu', 'memory']);
  });
});

describe('namespaces', () => {
  it('go in two steps and take nothing new meanwhile', async () => {
    const client = server.client();
    await create(namespaces, 'leaving', {});
    await client.delete(namespaces, { name: 'leaving' });
    const leaving = await client.get(namespaces, { name: 'leaving' });
    assert.equal(leaving.status.phase, 'Terminating');
    const error = await refusal(create(configMaps, 'late', {}, { namespace: 'leaving' }));
    assert.equal(error.details?.causes?.[0]?.reason, 'NamespaceTerminating');
    await client.update(namespaces, { ...leaving, spec: { finalizers: [] } }, { subresource: 'finalize' });
    assert.ok(isStatus(await refusal(client.get(namespaces, { name: 'leaving' })), 'NotFound'));
  });

  it('that the cluster needs stay', async () => {
    const error = await refusal(server.client().delete(namespaces, { name: 'default' }));
    assert.equal(error.message, 'namespaces "default" is forbidden: this namespace may not be deleted');
  });
});

describe('claims', () => {
  it('are protected while they are used', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const made = await create(persistentVolumeClaims, 'data', { spec });
    assert.deepEqual(made.metadata.finalizers, ['kubernetes.io/pvc-protection']);
  });
});

describe('bounds of a namespace', () => {
  const resources = { requests: { cpu: '100m', memory: '10Mi' }, limits: { cpu: '100m', memory: '10Mi' } };
  const sized = { containers: [{ name: 'c', image: 'busybox', resources }] };

  it('are quotas, charged as pods are made', async () => {
    const client = server.client();
    await create(namespaces, 'counted', {});
    const where = { namespace: 'counted' };
    await create(serviceAccounts, 'default', {}, where);
    const hard = { pods: '2', 'limits.cpu': '150m' };
    const quota = await create(resourceQuotas, 'q', { spec: { hard } }, where);
    await client.updateStatus(resourceQuotas, { ...quota, status: { hard, used: { pods: '0', 'limits.cpu': '0' } } });
    const bare = await refusal(create(pods, 'bare', { spec: podSpec }, where));
    assert.equal(bare.message, 'pods "bare" is forbidden: failed quota: q: must specify limits.cpu for: c');
    await create(pods, 'a', { spec: sized }, where);
    const { status } = await client.get(resourceQuotas, { name: 'q', ...where });
    assert.deepEqual(status.used, { pods: '1', 'limits.cpu': '100m' });
    const over = await refusal(create(pods, 'b', { spec: sized }, where));
    assert.equal(
      over.message,
      'pods "b" is forbidden: exceeded quota: q, requested: limits.cpu=100m, used: limits.cpu=100m, limited: limits.cpu=150m',
    );
  });

  it('are LimitRanges, for those who name amounts and those who do not', async () => {
    await create(namespaces, 'limited', {});
    const where = { namespace: 'limited' };
    await create(serviceAccounts, 'default', {}, where);
    const limits = [
      { type: 'Container', max: { cpu: '1' }, default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } },
    ];
    await create(limitRanges, 'l', { spec: { limits } }, where);
    const made = await create(pods, 'plain', { spec: podSpec }, where);
    assert.deepEqual(made.spec.containers[0]?.resources, { limits: { cpu: '500m' }, requests: { cpu: '100m' } });
    assert.equal(
      made.metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    );
    const greedy = { containers: [{ name: 'c', image: 'busybox', resources: { limits: { cpu: '2' } } }] };
    const error = await refusal(create(pods, 'greedy', { spec: greedy }, where));
    assert.equal(error.message, 'pods "greedy" is forbidden: maximum cpu usage per Container is 1, but limit is 2');
  });
});

describe('bad requests', () => {
  const cases: Readonly<
    Record<string, readonly [method: string, path: string, body: unknown, code: number, message: RegExp]>
  > = {
    'an unknown field': [
      'POST',
      '/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict',
      { spec: { foo: 1 } },
      400,
      /strict decoding error: unknown field "spec\.foo"/,
    ],
    'a wrong type': [
      'POST',
      '/apis/apps/v1/namespaces/default/deployments',
      { spec: { replicas: 'x' } },
      400,
      /cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
    ],
    'another kind': [
      'POST',
      '/api/v1/namespaces',
      { kind: 'Pod', apiVersion: 'v1' },
      400,
      /Pod in version "v1" cannot be handled as a Namespace/,
    ],
    'a name with a slash': ['GET', '/api/v1/namespaces/default/configmaps/a%2Fb', undefined, 404, /could not find/],
    'no such path': ['GET', '/nonsense', undefined, 404, /could not find/],
    'a wrong method': ['PUT', '/api/v1/namespaces/default/pods', {}, 405, /not supported/],
    'an unknown selector': ['GET', '/api/v1/pods?fieldSelector=a%3Db', undefined, 400, /field label not supported: a/],
    'a broken token': ['GET', '/api/v1/pods?continue=x', undefined, 400, /continue key is not valid/],
    'a revision to come': [
      'GET',
      '/api/v1/pods?resourceVersion=999999999',
      undefined,
      504,
      /Too large resource version/,
    ],
  };
  for (const [name, [method, path, body, code, message]] of Object.entries(cases)) {
    it(name, async () => {
      const answer = await server.client().raw(method, path, body);
      assert.equal(answer.status, code, answer.body.toString());
      assert.match((JSON.parse(answer.body.toString()) as { message: string }).message, message);
    });
  }
});

describe('server-side apply', () => {
  const apply = (manager: string, data: Fields, force = false): Promise<KubeObject> =>
    server.client().patch(configMaps, inDefault('shared'), 'apply', draft(configMaps, 'shared', { data }), {
      fieldManager: manager,
      force,
    });

  it('keeps each manager to its own fields', async () => {
    await apply('one', { a: '1', b: '1' });
    const conflict = await refusal(apply('two', { b: '2', c: '2' }));
    assert.equal(conflict.message, 'Apply failed with 1 conflict: conflict with "one": .data.b');
    await apply('two', { b: '2', c: '2' }, true);
    const left = await apply('one', {});
    assert.deepEqual((left as unknown as { data: unknown }).data, { b: '2', c: '2' });
  });
});
