import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { endpointSlices, nodes, pods, services } from '../../api/resources.ts';
import { node, pod, service } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { ServiceState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';
import type { SlicePlan } from './slice-plan.ts';
import { TriggerTimes } from './trigger-times.ts';

const ready = (name: string, change: Parameters<typeof pod>[1] = {}): Pod =>
  pod(name, { ip: `10.0.0.${name.length}`, ready: true, node: 'n1', ...change });

function state(change: Partial<ServiceState>): ServiceState {
  return { service: service('web'), pods: [], slices: [], node: () => node('n1'), triggerTime: undefined, ...change };
}

let saved = 0;

/** The slices as they are once the plan is written. */
function written(plan: SlicePlan, before: readonly EndpointSlice[] = []): readonly EndpointSlice[] {
  const gone = new Set(plan.delete.map(({ metadata }) => metadata.uid));
  const updated = new Map(plan.update.map((slice) => [slice.metadata.uid, slice]));
  const created = plan.create.map((slice): EndpointSlice => {
    const name = `web-${(saved += 1)}`;
    const metadata = {
      ...slice.metadata,
      name,
      uid: name,
      namespace: 'default',
      resourceVersion: '1',
      creationTimestamp: '',
    };
    return { ...slice, metadata };
  });
  const kept = before.filter(({ metadata }) => !gone.has(metadata.uid));
  return [...kept.map((slice) => updated.get(slice.metadata.uid) ?? slice), ...created];
}

const counts = ({ create, update, delete: removed }: SlicePlan): readonly number[] => [
  create.length,
  update.length,
  removed.length,
];

function many(count: number): readonly Pod[] {
  return Array.from({ length: count }, (_, index) => {
    return pod(`p${index}`, { ip: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`, ready: true, node: 'n1' });
  });
}

describe('an endpoint', () => {
  const only = (change: Partial<ServiceState>) =>
    reconcile(state(change)).create.flatMap((slice) => slice.endpoints ?? []);
  const conditions: Record<string, readonly [Pod, string, Partial<Service['spec']>?]> = {
    ready: [ready('a'), 'ready=true serving=true terminating=false'],
    'not ready': [ready('a', { ready: false }), 'ready=false serving=false terminating=false'],
    leaving: [ready('a', { deleting: true }), 'ready=false serving=true terminating=true'],
    'leaving and not ready': [
      ready('a', { deleting: true, ready: false }),
      'ready=false serving=false terminating=true',
    ],
    'not ready, of a Service that says all': [
      ready('a', { ready: false }),
      'ready=true serving=false terminating=false',
      { publishNotReadyAddresses: true },
    ],
    'leaving, of a Service that says all': [
      ready('a', { deleting: true }),
      'ready=true serving=true terminating=true',
      { publishNotReadyAddresses: true },
    ],
  };
  for (const [name, [subject, expected, spec]] of Object.entries(conditions)) {
    it(name, () => {
      const [endpoint] = only({ pods: [subject], service: service('web', spec) });
      const text = Object.entries(endpoint?.conditions ?? {}).map(([key, value]) => `${key}=${value}`);
      assert.equal(text.join(' '), expected);
    });
  }
  it('is none without an address, when it has ended, or when its node is gone', () => {
    const dead = [pod('a', { ready: true }), ready('bb', { phase: 'Succeeded' }), ready('ccc', { phase: 'Failed' })];
    assert.deepEqual(only({ pods: dead }), []);
    assert.deepEqual(only({ pods: [ready('a')], node: () => undefined }), []);
  });
  it('carries node, zone, pod and its name in the subdomain', () => {
    const labels = { 'topology.kubernetes.io/zone': 'z1' };
    const there = { ...node('n1'), metadata: { ...node('n1').metadata, labels } };
    const [endpoint] = only({ pods: [ready('a', { spec: { hostname: 'a', subdomain: 'web' } })], node: () => there });
    assert.deepEqual(endpoint, {
      addresses: ['10.0.0.1'],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'uid-a' },
      hostname: 'a',
      nodeName: 'n1',
      zone: 'z1',
    });
    const [other] = only({ pods: [ready('a', { spec: { hostname: 'a', subdomain: 'db' } })] });
    assert.equal(other?.hostname, undefined);
  });
});

describe('hints', () => {
  const at = (zone: string | undefined) => {
    const base = node('n1');
    const labels = zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone };
    return { ...base, metadata: { ...base.metadata, labels } };
  };
  const cases: Record<string, readonly [string | undefined, string | undefined, Pod, unknown]> = {
    'none without a preference': [undefined, 'z1', ready('a'), undefined],
    'the zone': ['PreferClose', 'z1', ready('a'), { forZones: [{ name: 'z1' }] }],
    'the zone by its newer name': ['PreferSameZone', 'z1', ready('a'), { forZones: [{ name: 'z1' }] }],
    'none without a zone': ['PreferSameZone', undefined, ready('a'), undefined],
    'the node, and the zone for older proxies': [
      'PreferSameNode',
      'z1',
      ready('a'),
      { forZones: [{ name: 'z1' }], forNodes: [{ name: 'n1' }] },
    ],
    'the node alone': ['PreferSameNode', undefined, ready('a'), { forNodes: [{ name: 'n1' }] }],
    'none for what is not ready': ['PreferSameNode', 'z1', ready('a', { ready: false }), undefined],
  };
  for (const [name, [trafficDistribution, zone, subject, expected]] of Object.entries(cases)) {
    it(name, () => {
      const subjectService = service('web', trafficDistribution === undefined ? {} : { trafficDistribution });
      const [slice] = reconcile(state({ service: subjectService, pods: [subject], node: () => at(zone) })).create;
      assert.deepEqual(slice?.endpoints?.[0]?.hints, expected);
    });
  }
});

describe('the slices of a Service', () => {
  it('one with the labels by which it is found', () => {
    const labels = { team: 'a', 'service.kubernetes.io/headless': 'mine' };
    const headless = service('web', { clusterIP: 'None' });
    const [slice] = reconcile(
      state({ service: { ...headless, metadata: { ...headless.metadata, labels } }, pods: [ready('a')] }),
    ).create;
    assert.equal(slice?.metadata.generateName, 'web-');
    assert.deepEqual(slice?.metadata.labels, {
      team: 'a',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      'service.kubernetes.io/headless': '',
    });
    assert.deepEqual(
      slice?.metadata.ownerReferences?.map(({ kind, uid }) => [kind, uid]),
      [['Service', 'uid-web']],
    );
  });
  it('one that is empty where there are no pods, and it is written once', () => {
    const plan = reconcile(state({}));
    assert.deepEqual(counts(plan), [1, 0, 0]);
    assert.deepEqual(counts(reconcile(state({ slices: written(plan) }))), [0, 0, 0]);
  });
  it('the empty one is filled rather than replaced', () => {
    const slices = written(reconcile(state({})));
    assert.deepEqual(counts(reconcile(state({ slices, pods: [ready('a')] }))), [0, 1, 0]);
  });
  it('nothing is written when nothing has changed', () => {
    const slices = written(reconcile(state({ pods: many(250), triggerTime: 't' })));
    assert.deepEqual(
      slices.map(({ endpoints }) => endpoints?.length),
      [100, 100, 50],
    );
    assert.deepEqual(counts(reconcile(state({ slices, pods: many(250) }))), [0, 0, 0]);
  });
  it('one write for one change, and the others stay where they are', () => {
    const slices = written(reconcile(state({ pods: many(250) })));
    const changed = many(250).map((each, index) =>
      index === 7 ? { ...each, status: { ...each.status, conditions: [] } } : each,
    );
    const plan = reconcile(state({ slices, pods: changed }));
    assert.deepEqual(counts(plan), [0, 1, 0]);
    assert.equal(plan.update[0]?.metadata.uid, slices[0]?.metadata.uid);
  });
  it('one write for one pod more, where there is room', () => {
    const slices = written(reconcile(state({ pods: many(250) })));
    const plan = reconcile(state({ slices, pods: many(251) }));
    assert.deepEqual(counts(plan), [0, 1, 0]);
    assert.equal(plan.update[0]?.endpoints?.length, 51);
  });
  it('one write for a pod replaced by another', () => {
    const slices = written(reconcile(state({ pods: many(100) })));
    const plan = reconcile(state({ slices, pods: [...many(101).slice(0, 40), ...many(101).slice(41)] }));
    assert.deepEqual(counts(plan), [0, 1, 0]);
    assert.equal(plan.update[0]?.endpoints?.length, 100);
  });
  it('pods that name their ports differently are apart', () => {
    const container = { name: 'main', image: 'web:2', resources: {}, ports: [{ name: 'http', containerPort: 9090 }] };
    const other = ready('bb', { spec: { containers: [container] } });
    const plan = reconcile(state({ pods: [ready('a'), other] }));
    assert.deepEqual(
      plan.create.map(({ ports }) => ports?.map(({ port }) => port)),
      [[8080], [9090]],
    );
  });
  it('a pod without the named port has none', () => {
    const container = { name: 'main', image: 'web:2', resources: {} };
    const plan = reconcile(state({ pods: [ready('a', { spec: { containers: [container] } })] }));
    assert.deepEqual(
      plan.create.map(({ ports, endpoints }) => [ports, endpoints?.length]),
      [[[], 1]],
    );
  });
  it('a label changed by hand is put back', () => {
    const [slice] = written(reconcile(state({ pods: [ready('a')] })));
    assert.ok(slice !== undefined);
    const touched = { ...slice, metadata: { ...slice.metadata, labels: { ...slice.metadata.labels, extra: 'x' } } };
    const plan = reconcile(state({ pods: [ready('a')], slices: [touched] }));
    assert.deepEqual(plan.update[0]?.metadata.labels, slice.metadata.labels);
  });
});

it('the time of a change is that of the pod that changed first', () => {
  const times = new TriggerTimes();
  const at = (seconds: number) => `2026-01-01T00:00:0${seconds}Z`;
  const web = service('web');
  assert.equal(times.next(web, [ready('a', { readySince: at(1) })]), at(0), 'a new Service');
  assert.equal(times.next(web, [ready('a', { readySince: at(1) })]), undefined, 'no change');
  const both = [ready('a', { readySince: at(7) }), ready('bb', { readySince: at(5) })];
  assert.equal(times.next(web, both), at(5));
});

test("a pod's readiness is in its slice within milliseconds, with one write, whatever comes from where", async () => {
  await withControllers(
    async (server) => {
      const readySlices = () => {
        const all = server.all(endpointSlices).flatMap((slice) => slice.endpoints ?? []);
        return all.filter(({ conditions }) => conditions?.ready === true).length;
      };
      await eventually('a slice', () => server.all(endpointSlices)[0]?.endpoints?.length === 1);
      const before = server.writes.length;
      const began = performance.now();
      server.seed(pods, ready('a', { labels: { app: 'web' } }));
      await eventually('a ready endpoint', () => readySlices() === 1);
      assert.ok(performance.now() - began < 50);
      const slices = server.writes.slice(before).filter(({ resource }) => resource.startsWith('endpointslices'));
      assert.equal(slices.length, 1);
      for (const { metadata } of server.all(endpointSlices)) await server.delete(endpointSlices, metadata);
      await eventually('the slice again', () => readySlices() === 1);
      const [again] = server.all(endpointSlices);
      assert.ok(again !== undefined);
      server.seed(endpointSlices, { ...again, endpoints: [] });
      await eventually('its endpoint again', () => readySlices() === 1);
    },
    {
      prepare(server) {
        server.seed(nodes, node('n1'));
        server.seed(services, service('web'));
        server.seed(pods, ready('a', { labels: { app: 'web' }, ready: false }));
      },
    },
  );
});

test('a burst of changes makes few writes, and loses none', async () => {
  await withControllers(
    async (server) => {
      const all = many(120).map((each) => ({ ...each, metadata: { ...each.metadata, labels: { app: 'web' } } }));
      for (const each of all) server.seed(pods, each);
      await eventually('all of them', () => {
        const endpoints = server.all(endpointSlices).flatMap((slice) => slice.endpoints ?? []);
        return new Set(endpoints.map(({ targetRef }) => targetRef?.name)).size === 120 && endpoints.length === 120;
      });
      const writes = server.writes.filter(({ resource }) => resource.startsWith('endpointslices')).length;
      assert.ok(writes < 60, `${writes} writes`);
    },
    {
      prepare(server) {
        server.seed(nodes, node('n1'));
        server.seed(services, service('web'));
      },
    },
  );
});
