import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyKind } from '../../api/kind.ts';
import { kinds } from '../../api/kinds.ts';
import type { ApiRequest } from '../http/message.ts';
import { KindRegistry } from '../registry/kind-registry.ts';
import { Discovery } from './discovery.ts';
import { compareVersions, servedGroups } from './groups.ts';

function request(headers: Record<string, string> = {}): ApiRequest {
  const readBody = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(0));
  return { method: 'GET', url: '', headers, readBody, signal: new AbortController().signal };
}

const discovery = new Discovery(new KindRegistry(kinds));
// oxlint-disable-next-line typescript/no-explicit-any -- JSON looked at field by field
function body(path: string, headers: Record<string, string> = {}): any {
  const answer = discovery.answer(request(headers), path);
  assert.ok(answer?.body instanceof Buffer, path);
  return JSON.parse(answer.body.toString());
}

const aggregated = (...versions: string[]): Record<string, string> => ({
  accept: `${versions.map((v) => `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`).join(',')},application/json`,
});

describe('discovery', () => {
  it('lists versions, groups and resources', () => {
    assert.deepEqual(body('/api', { host: '10.0.0.1:6443' }), {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
    });
    const { groups } = body('/apis/');
    assert.deepEqual(groups[1], {
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
    const autoscaling = body('/apis/autoscaling');
    assert.equal(autoscaling.preferredVersion.groupVersion, 'autoscaling/v2');
    assert.equal(autoscaling.versions.length, 2);
  });

  it('shows subresources as drain and scale look for them', () => {
    const named = (path: string, name: string): unknown =>
      body(path).resources.find((entry: { name: string }) => entry.name === name);
    assert.deepEqual(named('/api/v1', 'pods/eviction'), {
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    assert.deepEqual(named('/apis/apps/v1', 'deployments/scale'), {
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
    assert.deepEqual(named('/api/v1', 'services'), {
      name: 'services',
      singularName: 'service',
      namespaced: true,
      kind: 'Service',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['svc'],
      categories: ['all'],
    });
  });

  it('answers the aggregated form that the client names first, and says which', () => {
    const typeOf = (path: string, headers: Record<string, string>): unknown =>
      discovery.answer(request(headers), path)?.headers['content-type'];
    const full = (version: string): string =>
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    assert.equal(typeOf('/apis', aggregated('v2', 'v2beta1')), full('v2'));
    assert.equal(typeOf('/api', aggregated('v2beta1')), full('v2beta1'));
    assert.equal(typeOf('/api', aggregated('v3')), 'application/json');
    assert.equal(typeOf('/apis/apps/v1', aggregated('v2')), 'application/json');
    assert.equal(typeOf('/apis', {}), 'application/json');
    assert.throws(() => typeOf('/apis', { accept: 'text/html' }), { reason: 'NotAcceptable' });

    const { apiVersion, items } = body('/api', aggregated('v2'));
    assert.equal(apiVersion, 'apidiscovery.k8s.io/v2');
    assert.deepEqual(items.length, 1);
    const pods = items[0].versions[0].resources.find((entry: { resource: string }) => entry.resource === 'pods');
    assert.deepEqual(pods.responseKind, { group: '', version: '', kind: 'Pod' });
    const eviction = pods.subresources.find((entry: { subresource: string }) => entry.subresource === 'eviction');
    assert.deepEqual(eviction.responseKind, { group: 'policy', version: 'v1', kind: 'Eviction' });
  });

  it('spares a client what it knows already, until kinds change', () => {
    const registry = new KindRegistry(kinds);
    const own = new Discovery(registry);
    const etag = String(own.answer(request(aggregated('v2')), '/apis')?.headers['etag']);
    const again = (): number | undefined =>
      own.answer(request({ ...aggregated('v2'), 'if-none-match': `"other", ${etag}` }), '/apis')?.status;
    assert.equal(again(), 304);
    registry.add({ ...(kinds[0] as AnyKind), group: 'example.com' });
    assert.equal(again(), 200);
  });

  it('leaves other paths and methods alone', () => {
    for (const path of ['/', '/api/v2', '/apis/none', '/apis/apps/v2', '/api/v1/pods', '/apis/apps/v1/x', '/version']) {
      assert.equal(discovery.answer(request(), path), undefined, path);
    }
    assert.equal(discovery.answer({ ...request(), method: 'POST' }, '/apis'), undefined);
  });
});

describe('order of groups and versions', () => {
  it('puts the known groups first, the others by name', () => {
    const of = (group: string): AnyKind => ({ ...(kinds[0] as AnyKind), group });
    const order = servedGroups(['b.example', 'policy', 'a.example', 'apps', ''].map(of)).map(({ name }) => name);
    assert.deepEqual(order, ['', 'apps', 'policy', 'a.example', 'b.example']);
  });

  it('puts stable versions first, then the newest', () => {
    const order = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
    assert.deepEqual(order.toReversed().toSorted(compareVersions), order);
  });
});
