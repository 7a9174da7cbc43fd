import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { testIndex, testNamespace, testPod, testService, testSlice, testZone } from '../testing/objects.ts';
import type { IndexedObject } from './cluster-index.ts';
import { ClusterIndex } from './cluster-index.ts';
import { resolve } from './resolve.ts';
import { trimObject } from './trim.ts';

const services = ['a', 'b', 'other/a'];
const addresses = ['10.233.64.1', '10.233.64.2', '10.233.64.3'];

/** Everything that can be asked about the few names and addresses of the property below. */
function everything(index: ClusterIndex): unknown {
  const names = services
    .map((key) => key.split('/').reverse())
    .map(([name, space = 'default']) => `${name}.${space}.svc`);
  const hosts = names.flatMap((name) => addresses.map((address) => `${address.replaceAll('.', '-')}.${name}`));
  return {
    forward: [...names, ...hosts, 'default.svc', 'other.svc'].map((name) => resolve(index, testZone, name, 1)),
    reverse: [...addresses, '10.233.0.1', '10.233.0.2'].map((address) => [...index.namesOf(address)].toSorted()),
  };
}

const service = fc
  .record({ key: fc.constantFrom(...services), clusterIP: fc.constantFrom('None', '10.233.0.1', '10.233.0.2', '') })
  // A cluster address is one Service's at a time: the server sees to that.
  .filter(({ key, clusterIP }) => clusterIP !== '10.233.0.1' || key === 'a')
  .filter(({ key, clusterIP }) => clusterIP !== '10.233.0.2' || key === 'b')
  .map(({ key, clusterIP }) => testService(key, { clusterIP }));
const slice = fc
  .record({
    name: fc.constantFrom('default/s1', 'default/s2', 'other/s1'),
    service: fc.constantFrom('a', 'b', ''),
    endpoints: fc.subarray(addresses),
    ready: fc.boolean(),
  })
  .map(({ name, service: owner, endpoints, ready }) => {
    const [namespace = '', own = ''] = name.split('/');
    const made = testSlice(
      `${namespace}/${owner}`,
      endpoints.map((address) => ({ addresses: [address], conditions: { ready } })),
    );
    return { ...made, metadata: { ...made.metadata, name: own } };
  });
const object: fc.Arbitrary<IndexedObject> = fc.oneof(
  service,
  slice,
  fc.constantFrom(testNamespace('default'), testNamespace('other')),
);
const step = fc.record({ object, deleted: fc.boolean() });

test('after any changes the answers are those of an index made anew from what is left', () => {
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const index = new ClusterIndex(0);
    const left = new Map<string, IndexedObject>();
    for (const { object: next, deleted } of steps) {
      const key = `${next.kind} ${next.metadata.namespace}/${next.metadata.name}`;
      if (deleted) {
        index.delete(next);
        left.delete(key);
      } else {
        index.put(next);
        left.delete(key);
        left.set(key, next);
      }
      // Questions in between: what was worked out for one state must not outlive it.
      everything(index);
    }
    assert.deepEqual(everything(index), everything(testIndex(...left.values())));
    for (const each of left.values()) index.delete(each);
    assert.deepEqual(index.size, { services: 0, slices: 0 });
  });
  fc.assert(property, { numRuns: 300 });
});

test('what is kept for the snapshot gives the same answers', () => {
  const objects: IndexedObject[] = [
    testNamespace('default'),
    testService('a', { clusterIP: 'None', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }),
    testService('b', { clusterIP: '10.233.0.2', selector: { app: 'b' } }),
    testSlice('a', [{ addresses: ['10.233.64.1'], hostname: 'a-0', targetRef: { kind: 'Pod', name: 'a-0' } }]),
    testSlice('b', [{ addresses: ['10.233.64.2'], conditions: { ready: false } }]),
    testPod('a-0', '10.233.64.1', { dnsConfig: { searches: ['example.org'] } }),
  ];
  const read = JSON.parse(JSON.stringify(objects.map(trimObject))) as IndexedObject[];
  assert.deepEqual(everything(testIndex(...read)), everything(testIndex(...objects)));
  assert.deepEqual(testIndex(...read).client('10.233.64.1')?.searches, ['example.org']);
  assert.ok(!JSON.stringify(read).includes('targetRef'));
});

describe('pods that ask', () => {
  const cases: Record<string, { pod: ReturnType<typeof testPod>; searches: string[] | undefined }> = {
    'with the usual policy': { pod: testPod('a', '10.0.0.1'), searches: [] },
    'with search domains of its own': {
      pod: testPod('a', '10.0.0.1', { dnsConfig: { searches: ['Example.org.', '.', 'a..b'] } }),
      searches: ['example.org'],
    },
    'on the host network': { pod: testPod('a', '10.0.0.1', { hostNetwork: true }), searches: undefined },
    'with a resolver of its own': { pod: testPod('a', '10.0.0.1', { dnsPolicy: 'None' }), searches: undefined },
    finished: {
      pod: { ...testPod('a', '10.0.0.1'), status: { phase: 'Succeeded', podIP: '10.0.0.1' } },
      searches: undefined,
    },
  };
  for (const [name, { pod, searches }] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(testIndex(pod).client('10.0.0.1')?.searches, searches));
  }

  test('a late word of a pod that is gone does not take the address from its heir', () => {
    const index = testIndex(testPod('old', '10.0.0.1'), testPod('other/heir', '10.0.0.1'));
    index.delete(testPod('old', '10.0.0.1'));
    assert.equal(index.client('10.0.0.1')?.namespace, 'other');
    index.delete(testPod('other/heir', '10.0.0.1'));
    assert.equal(index.client('10.0.0.1'), undefined);
  });
});

test('a change in one of 200 slices of a large Service is quick', () => {
  const slices = Array.from({ length: 200 }, (_, at) =>
    testSlice(
      'big',
      Array.from({ length: 100 }, (_, host) => `10.${at}.0.${host}`),
      { suffix: String(at) },
    ),
  );
  const index = testIndex(testNamespace('default'), testService('big', { clusterIP: 'None' }), ...slices);
  const start = performance.now();
  for (let round = 0; round < 10; round++) index.put(testSlice('big', [`10.7.1.${round}`], { suffix: '7' }));
  assert.ok(performance.now() - start < 500);
  assert.deepEqual(index.namesOf('10.7.0.1'), []);
  assert.deepEqual(index.namesOf('10.8.0.1'), ['10-8-0-1.big.default']);
});
