import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import { configMaps, namespaces, pods, resource, serviceAccounts } from '../../api/resources.ts';
import { pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { ContentReport } from './content.ts';
import { reconcile } from './reconcile.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

function namespace(change: Partial<Namespace['metadata']> = {}, finalizers = ['kubernetes']): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'team',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      ...change,
    },
    spec: { finalizers },
    status: { phase: 'Terminating' },
  };
}

function report(change: Partial<ContentReport> = {}): ContentReport {
  return { undiscovered: [], errors: [], remaining: new Map(), finalizers: new Map(), ...change };
}

describe('the plan for a namespace on its way out', () => {
  const cases: Record<string, readonly [Namespace, ContentReport, readonly string[] | undefined, readonly string[]]> = {
    'empty and held by nobody else: finalized without another word': [namespace(), report(), [], []],
    'empty, and somebody else holds it': [
      namespace({}, ['kubernetes', 'example.com/audit']),
      report(),
      ['example.com/audit'],
      [
        'False ResourcesDiscovered: All resources successfully discovered',
        'False ParsedGroupVersions: All legacy kube types successfully parsed',
        'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
        'False ContentRemoved: All content successfully removed',
        'False ContentHasNoFinalizers: All content-preserving finalizers finished',
      ],
    ],
    'objects with finalizers remain': [
      namespace(),
      report({
        remaining: new Map([
          ['widgets.example.com', 2],
          ['pods.', 1],
        ]),
        finalizers: new Map([['example.com/x', 2]]),
      }),
      undefined,
      [
        'False ResourcesDiscovered: All resources successfully discovered',
        'False ParsedGroupVersions: All legacy kube types successfully parsed',
        'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
        'True SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances, widgets.example.com has 2 resource instances',
        'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/x in 2 resource instances',
      ],
    ],
    'a group cannot be discovered: nothing is finalized': [
      namespace(),
      report({ undiscovered: [{ groupVersion: 'metrics.k8s.io/v1beta1', error: new Error('away') }] }),
      undefined,
      [
        'True DiscoveryFailed: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: away',
        'False ParsedGroupVersions: All legacy kube types successfully parsed',
        'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
        'False ContentRemoved: All content successfully removed',
        'False ContentHasNoFinalizers: All content-preserving finalizers finished',
      ],
    ],
    'a deletion fails': [
      namespace(),
      report({ errors: [new Error('no')] }),
      undefined,
      [
        'False ResourcesDiscovered: All resources successfully discovered',
        'False ParsedGroupVersions: All legacy kube types successfully parsed',
        'True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: no',
        'False ContentRemoved: All content successfully removed',
        'False ContentHasNoFinalizers: All content-preserving finalizers finished',
      ],
    ],
  };
  for (const [name, [subject, found, finalizers, conditions]] of Object.entries(cases)) {
    it(name, () => {
      const plan = reconcile(subject, found, now);
      assert.deepEqual(plan.finalizers, finalizers);
      assert.deepEqual(
        (plan.conditions ?? []).map(({ status, reason, message }) => `${status} ${reason}: ${message}`),
        conditions,
      );
    });
  }
});

const widgets = resource<KubeObject>('example.com', 'v1', 'widgets', 'Widget', true);

test('a namespace gets its account and certificate, and goes with all that is in it', async () => {
  await withControllers(
    async (server) => {
      await server.create(namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'team' },
        spec: {},
        status: {},
      });
      await eventually('the account', () => server.stored(serviceAccounts, 'default', 'team'));
      const ca = await eventually('the certificate', () => server.stored(configMaps, 'kube-root-ca.crt', 'team'));
      assert.deepEqual(ca.data, { 'ca.crt': 'PEM' });
      await server.delete(serviceAccounts, { name: 'default', namespace: 'team' });
      await eventually('the account again', () => server.stored(serviceAccounts, 'default', 'team'));
      server.resources.push(widgets);
      server.seed(widgets, {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w', namespace: 'team' },
      });
      const began = performance.now();
      await server.delete(namespaces, { name: 'team' });
      await eventually('no namespace', () => server.stored(namespaces, 'team') === undefined);
      assert.ok(performance.now() - began < 200);
      assert.deepEqual([...server.all(serviceAccounts), ...server.all(configMaps), ...server.all(widgets)], []);
    },
    { rootCa: 'PEM' },
  );
});

test('pods go before everything else', async () => {
  await withControllers(async (server) => {
    await server.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default' },
      spec: {},
      status: {},
    });
    server.seed(pods, pod('a', { node: 'n1' }));
    server.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } });
    await server.delete(namespaces, { name: 'default' });
    await eventually('the condition', () =>
      server.stored(namespaces, 'default')?.status.conditions?.some(({ reason }) => reason === 'SomeResourcesRemain'),
    );
    assert.ok(server.stored(configMaps, 'c', 'default') !== undefined);
    await server.delete(pods, { name: 'a', namespace: 'default' }, { gracePeriodSeconds: 0 });
    await eventually('no namespace', () => server.stored(namespaces, 'default') === undefined);
    assert.equal(server.stored(configMaps, 'c', 'default'), undefined);
  });
});
