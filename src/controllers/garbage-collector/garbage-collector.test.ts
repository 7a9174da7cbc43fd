import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { OwnerReference } from '../../api/meta/meta.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { configMaps, events, nodes, resource, secrets } from '../../api/resources.ts';
import { node } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import type { TestServer } from '../testing/server.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { Identity } from './graph.ts';
import { OwnerGraph } from './graph.ts';
import type { GarbagePlan, OwnerState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';

function reference(name: string, change: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: `uid-${name}`, ...change };
}

describe('what becomes of an object', () => {
  type Case = readonly [
    owners: readonly OwnerState[],
    finalizers: readonly string[],
    dependents: readonly boolean[],
    GarbagePlan,
  ];
  const deleted = (propagation: 'Background' | 'Foreground' | 'Orphan', unblock = false): GarbagePlan => ({
    type: 'delete',
    propagation,
    unblock,
  });
  const cases: Record<string, Case> = {
    'without owners it stays': [[], [], [], { type: 'keep' }],
    'with an owner it stays': [['solid'], [], [], { type: 'keep' }],
    'without its only owner it goes': [['absent'], [], [], deleted('Background')],
    'an orphan finalizer is respected': [['absent'], ['orphan'], [], deleted('Orphan')],
    'a foreground finalizer is respected': [['absent'], ['foregroundDeletion'], [], deleted('Foreground')],
    'one owner of several is enough': [
      ['solid', 'absent', 'waiting'],
      [],
      [],
      { type: 'unlink', uids: ['uid-1', 'uid-2'] },
    ],
    'an owner waits: it goes': [['waiting', 'absent'], [], [], deleted('Background')],
    'an owner waits, and it has dependents: they go first': [['waiting'], [], [false], deleted('Foreground')],
    'owners and dependents in a circle': [['waiting'], [], [false, true], deleted('Foreground', true)],
  };
  for (const [name, [owners, finalizers, dependents, expected]] of Object.entries(cases)) {
    it(name, () => {
      const plan = reconcile({
        metadata: { finalizers },
        owners: owners.map((state, index) => ({ state, reference: reference(String(index)) })),
        dependents: new Set(dependents.map((deletingDependents) => ({ deletingDependents }))),
      });
      assert.deepEqual(plan, expected);
    });
  }
});

describe('the graph of owners', () => {
  const identity = (name: string, namespace: string | undefined = 'default'): Identity => {
    return { apiVersion: 'v1', kind: 'ConfigMap', name, namespace, uid: `uid-${name}` };
  };
  const start = () => {
    const work: string[] = [];
    const graph = new OwnerGraph({
      attempt: (uid) => work.push(`attempt ${uid}`),
      orphan: (uid) => work.push(`orphan ${uid}`),
      invalidNamespace: (dependent, owner) => work.push(`invalid ${dependent.uid} ${owner.uid}`),
    });
    return { graph, work };
  };
  it('looks for an owner that nobody has seen, and no longer once it is there', () => {
    const { graph, work } = start();
    graph.observe(identity('child'), { ownerReferences: [reference('parent')] });
    assert.deepEqual(work, ['attempt uid-parent']);
    assert.equal(graph.get('uid-parent')?.virtual, true);
    graph.observe(identity('parent'), {});
    assert.equal(graph.get('uid-parent')?.virtual, false);
    assert.deepEqual(work, ['attempt uid-parent']);
  });
  it('looks at the dependents of what has gone', () => {
    const { graph, work } = start();
    graph.observe(identity('parent'), {});
    graph.observe(identity('child'), { ownerReferences: [reference('parent')] });
    graph.remove('uid-parent');
    assert.deepEqual(work, ['attempt uid-child']);
  });
  it('forgets an unseen owner with its last dependent', () => {
    const { graph } = start();
    graph.observe(identity('child'), { ownerReferences: [reference('parent')] });
    graph.remove('uid-child');
    assert.equal(graph.size, 0);
  });
  it('distrusts an owner in another namespace', () => {
    const { graph, work } = start();
    graph.observe(identity('parent', 'other'), {});
    graph.observe(identity('child'), { ownerReferences: [reference('parent')] });
    assert.deepEqual(work, ['invalid uid-child uid-parent', 'attempt uid-child']);
  });
  it('begins a deletion in the foreground with the dependents', () => {
    const { graph, work } = start();
    graph.observe(identity('parent'), {});
    graph.observe(identity('child'), { ownerReferences: [reference('parent', { blockOwnerDeletion: true })] });
    const leaving = { deletionTimestamp: 'now', finalizers: ['foregroundDeletion'] };
    graph.observe(identity('parent'), leaving);
    assert.deepEqual(work.splice(0), ['attempt uid-child', 'attempt uid-parent']);
    graph.observe(identity('parent'), leaving);
    assert.deepEqual(work, []);
    graph.observe(identity('child'), { ownerReferences: [reference('parent')] });
    assert.deepEqual(work.splice(0), ['attempt uid-parent']);
    graph.remove('uid-child');
    assert.deepEqual(work, ['attempt uid-parent']);
  });
});

function seed(server: TestServer, name: string, owners: readonly OwnerReference[] = [], namespace = 'default'): void {
  const metadata = { name, namespace, uid: `uid-${name}`, ownerReferences: owners };
  server.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

const exists = (server: TestServer, name: string): boolean => server.stored(configMaps, name, 'default') !== undefined;

test('dependents go after their owner, in the background', async () => {
  await withControllers(async (server) => {
    seed(server, 'parent');
    seed(server, 'child', [reference('parent')]);
    seed(server, 'grandchild', [reference('child')]);
    seed(server, 'other');
    await server.delete(configMaps, { name: 'parent', namespace: 'default' }, { propagationPolicy: 'Background' });
    await eventually('no grandchild', () => !exists(server, 'grandchild'));
    assert.ok(exists(server, 'other'));
  });
});

test('dependents go before their owner, in the foreground', async () => {
  await withControllers(async (server) => {
    seed(server, 'parent');
    seed(server, 'child', [reference('parent', { blockOwnerDeletion: true })]);
    seed(server, 'grandchild', [reference('child', { blockOwnerDeletion: true })]);
    await eventually('the graph', () =>
      server.actions.some(({ verb, resource }) => verb === 'watch' && resource === 'configmaps'),
    );
    await server.delete(configMaps, { name: 'parent', namespace: 'default' }, { propagationPolicy: 'Foreground' });
    await eventually('no parent', () => !exists(server, 'parent'));
    const order = server.all(configMaps).map(({ metadata }) => metadata.name);
    assert.deepEqual(order, []);
  });
});

test('dependents stay when they are to be orphaned', async () => {
  await withControllers(async (server) => {
    seed(server, 'parent');
    seed(server, 'child', [reference('parent')]);
    await eventually('the graph', () =>
      server.actions.some(({ verb, resource }) => verb === 'watch' && resource === 'configmaps'),
    );
    await server.delete(configMaps, { name: 'parent', namespace: 'default' }, { propagationPolicy: 'Orphan' });
    await eventually('no parent', () => !exists(server, 'parent'));
    assert.deepEqual(server.stored(configMaps, 'child', 'default')?.metadata.ownerReferences, []);
  });
});

test('what owns it is looked up where nobody has seen it', async () => {
  await withControllers(
    async (server) => {
      await eventually('no lost child', () => !exists(server, 'lost'));
      assert.ok(exists(server, 'kept'));
      assert.ok(exists(server, 'foreign'), 'of a kind that is not served');
    },
    {
      prepare(server) {
        seed(server, 'lost', [reference('never-there')]);
        seed(server, 'foreign', [reference('x', { apiVersion: 'example.com/v1', kind: 'Thing' })]);
        server.seed(nodes, node('n1'));
        seed(server, 'kept', [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-n1' }]);
      },
    },
  );
});

test('an owner in another namespace is none, and that is said', async () => {
  await withControllers(async (server) => {
    server.seed(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'other', uid: 'uid-s' },
    });
    seed(server, 'child', [{ apiVersion: 'v1', kind: 'Secret', name: 's', uid: 'uid-s' }]);
    await eventually('no child', () => !exists(server, 'child'));
    await eventually('the event', () => server.all(events).some(({ reason }) => reason === 'OwnerRefInvalidNamespace'));
  });
});

const announcements: Record<string, Resource<KubeObject>> = {
  'by definitions': resource(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
    false,
  ),
  'by other servers': resource('apiregistration.k8s.io', 'v1', 'apiservices', 'APIService', false),
};
for (const [name, definitions] of Object.entries(announcements)) {
  test(`kinds that come later are collected too: ${name}`, async () => {
    const widgets = resource<KubeObject>('example.com', 'v1', 'widgets', 'Widget', true);
    await withControllers(
      async (server) => {
        await eventually('the definitions', () =>
          server.actions.some(({ resource: seen }) => seen.startsWith(definitions.plural)),
        );
        server.resources.push(widgets);
        server.seed(definitions, {
          apiVersion: `${definitions.group}/v1`,
          kind: definitions.kind,
          metadata: { name: 'widgets' },
        });
        seed(server, 'parent');
        const ownerReferences = [reference('parent')];
        server.seed(widgets, {
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          metadata: { name: 'w', namespace: 'default', ownerReferences },
        });
        await eventually('a watch', () =>
          server.actions.some(({ verb, resource: seen }) => verb === 'watch' && seen.startsWith('widgets')),
        );
        await server.delete(configMaps, { name: 'parent', namespace: 'default' });
        await eventually('no widget', () => server.all(widgets).length === 0);
      },
      { prepare: (server) => server.resources.push(definitions) },
    );
  });
}
