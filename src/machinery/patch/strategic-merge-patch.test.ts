import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Deployment } from '../../api/apps/deployment.schema.ts';
import { Pod } from '../../api/core/pod.schema.ts';
import { Service } from '../../api/core/service.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import type { JsonObject } from '../json.ts';
import { typicalPod } from '../testing/typical-pod.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

interface Case {
  readonly schema?: MessageSchema;
  readonly before: JsonObject;
  readonly patch: JsonObject;
  readonly after: JsonObject;
}
const spec = (value: JsonObject): JsonObject => ({ spec: value });
const metadata = (value: JsonObject): JsonObject => ({ metadata: value });

const cases: Record<string, Case> = {
  'a null deletes, an unknown null does nothing': {
    before: metadata({ labels: { a: '1', b: '2' } }),
    patch: metadata({ labels: { a: null, c: null } }),
    after: metadata({ labels: { b: '2' } }),
  },
  'nulls in a new object vanish': {
    before: {},
    patch: metadata({ annotations: { a: null, b: 'x' } }),
    after: metadata({ annotations: { b: 'x' } }),
  },
  'a list merges by its key, new items first': {
    before: spec({ containers: [{ name: 'a', image: '1', tty: true }, { name: 'b' }] }),
    patch: spec({
      containers: [
        { name: 'a', image: '2' },
        { name: 'c', image: 'x' },
      ],
    }),
    after: spec({ containers: [{ name: 'a', image: '2', tty: true }, { name: 'c', image: 'x' }, { name: 'b' }] }),
  },
  'an item is deleted': {
    before: spec({ containers: [{ name: 'a' }, { name: 'b' }] }),
    patch: spec({ containers: [{ name: 'a', $patch: 'delete' }] }),
    after: spec({ containers: [{ name: 'b' }] }),
  },
  'a list is replaced': {
    before: spec({ containers: [{ name: 'a' }, { name: 'b' }] }),
    patch: spec({ containers: [{ $patch: 'replace' }, { name: 'c' }] }),
    after: spec({ containers: [{ name: 'c' }] }),
  },
  'an atomic list is replaced': {
    before: spec({ containers: [{ name: 'a', args: ['x', 'y'] }] }),
    patch: spec({ containers: [{ name: 'a', args: ['z'] }] }),
    after: spec({ containers: [{ name: 'a', args: ['z'] }] }),
  },
  'an object is replaced': {
    before: spec({ securityContext: { runAsUser: 1 } }),
    patch: spec({ securityContext: { $patch: 'replace', runAsGroup: 2 } }),
    after: spec({ securityContext: { runAsGroup: 2 } }),
  },
  'an object is emptied': {
    before: spec({ securityContext: { runAsUser: 1 } }),
    patch: spec({ securityContext: { $patch: 'delete' } }),
    after: spec({ securityContext: {} }),
  },
  'a set of scalars grows and shrinks': {
    before: metadata({ finalizers: ['a', 'b', 'c'] }),
    patch: metadata({ finalizers: ['d'], '$deleteFromPrimitiveList/finalizers': ['b'] }),
    after: metadata({ finalizers: ['d', 'a', 'c'] }),
  },
  'the order of a set is set': {
    before: metadata({ finalizers: ['a', 'b', 'c'] }),
    patch: metadata({ '$setElementOrder/finalizers': ['c', 'a'] }),
    after: metadata({ finalizers: ['b', 'c', 'a'] }),
  },
  'kubectl apply reorders and adds a container': {
    before: spec({ containers: [{ name: 'a' }, { name: 'injected' }, { name: 'b' }] }),
    patch: spec({
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'new' }, { name: 'a' }],
      containers: [{ name: 'new', image: 'x' }],
    }),
    after: spec({ containers: [{ name: 'injected' }, { name: 'b' }, { name: 'new', image: 'x' }, { name: 'a' }] }),
  },
  'kubectl apply removes a container': {
    before: spec({ containers: [{ name: 'a' }, { name: 'b' }] }),
    patch: spec({
      '$setElementOrder/containers': [{ name: 'b' }],
      containers: [{ name: 'a', $patch: 'delete' }],
    }),
    after: spec({ containers: [{ name: 'b' }] }),
  },
  'retained keys: the strategy changes its type': {
    schema: Deployment,
    before: spec({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
    patch: spec({ strategy: { $retainKeys: ['type'], type: 'Recreate' } }),
    after: spec({ strategy: { type: 'Recreate' } }),
  },
  'retained keys: a volume changes its source': {
    before: spec({ volumes: [{ name: 'a', emptyDir: {} }] }),
    patch: spec({ volumes: [{ name: 'a', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] }),
    after: spec({ volumes: [{ name: 'a', configMap: { name: 'c' } }] }),
  },
  'ports of a Service merge by number': {
    schema: Service,
    before: spec({ ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }] }),
    patch: spec({ ports: [{ port: 80, targetPort: 'http' }] }),
    after: spec({ ports: [{ port: 80, protocol: 'TCP', nodePort: 30001, targetPort: 'http' }] }),
  },
  'unknown fields merge as objects and replace as lists': {
    before: spec({ foo: { a: 1, list: [1] } }),
    patch: spec({ foo: { b: 2, list: [2] } }),
    after: spec({ foo: { a: 1, b: 2, list: [2] } }),
  },
  'directives in a new object are not kept': {
    before: {},
    patch: spec({
      '$setElementOrder/containers': [{ name: 'a' }],
      containers: [
        { name: 'a', $retainKeys: ['name'] },
        { name: 'b', $patch: 'delete' },
      ],
    }),
    after: spec({ containers: [{ name: 'a' }] }),
  },
  'documented: a second container, in front of the first': {
    schema: Deployment,
    before: spec({ template: { spec: { containers: [{ name: 'patch-demo-ctr', image: 'nginx' }] } } }),
    patch: spec({ template: { spec: { containers: [{ name: 'patch-demo-ctr-2', image: 'redis' }] } } }),
    after: spec({
      template: {
        spec: {
          containers: [
            { name: 'patch-demo-ctr-2', image: 'redis' },
            { name: 'patch-demo-ctr', image: 'nginx' },
          ],
        },
      },
    }),
  },
  'documented: tolerations are replaced': {
    before: spec({ tolerations: [{ effect: 'NoSchedule', key: 'dedicated', value: 'test-team' }] }),
    patch: spec({ tolerations: [{ effect: 'NoSchedule', key: 'disktype', value: 'ssd' }] }),
    after: spec({ tolerations: [{ effect: 'NoSchedule', key: 'disktype', value: 'ssd' }] }),
  },
  'documented: a strategy without retained keys keeps what its type does not allow': {
    schema: Deployment,
    before: spec({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
    patch: spec({ strategy: { type: 'Recreate' } }),
    after: spec({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
  },
  'documented: keys that are not retained go, nulls or not': {
    before: spec({ volumes: [{ name: 'a', emptyDir: {}, configMap: { name: 'c' } }] }),
    patch: spec({ volumes: [{ name: 'a', emptyDir: null, $retainKeys: ['name'] }] }),
    after: spec({ volumes: [{ name: 'a' }] }),
  },
  'documented: items of two patches and of the server in one order': {
    before: metadata({ finalizers: ['a', 'x', 'b', 'y', 'c'] }),
    patch: metadata({
      '$deleteFromPrimitiveList/finalizers': ['a'],
      '$setElementOrder/finalizers': ['c', 'd', 'b'],
      finalizers: ['d'],
    }),
    after: metadata({ finalizers: ['x', 'y', 'c', 'd', 'b'] }),
  },
  'a number is a key, too': {
    before: spec({ containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'web' }, { containerPort: 443 }] }] }),
    patch: spec({ containers: [{ name: 'a', ports: [{ containerPort: 443, $patch: 'delete' }] }] }),
    after: spec({ containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'web' }] }] }),
  },
  'kubectl cordon and rollout restart': {
    schema: Deployment,
    before: spec({ template: { metadata: { labels: { a: 'b' } }, spec: {} } }),
    patch: spec({ template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } }),
    after: spec({
      template: {
        metadata: { labels: { a: 'b' }, annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
        spec: {},
      },
    }),
  },
};
for (const [name, { schema = Pod, before, patch, after }] of Object.entries(cases)) {
  test(name, () => {
    const [beforeText, patchText] = [JSON.stringify(before), JSON.stringify(patch)];
    assert.deepEqual(applyStrategicMergePatch(schema, before, patch), after);
    assert.deepEqual([JSON.stringify(before), JSON.stringify(patch)], [beforeText, patchText]);
  });
}

const faults: Record<string, { patch: JsonObject; message: RegExp; reason: string }> = {
  'no merge key': { patch: spec({ containers: [{ image: 'x' }] }), message: /rejected/, reason: 'Invalid' },
  'an unknown directive': { patch: spec({ $patch: 'melt' }), message: /rejected/, reason: 'Invalid' },
  'retainKeys that is no list': {
    patch: spec({ $retainKeys: 'x' }),
    message: /invalid patch format of retainKeys/,
    reason: 'BadRequest',
  },
  'an item without its place in the order': {
    patch: spec({ '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] }),
    message: /rejected/,
    reason: 'Invalid',
  },
  'a field outside retainKeys': {
    patch: spec({ $retainKeys: [], nodeName: 'x' }),
    message: /invalid patch format of retainKeys/,
    reason: 'BadRequest',
  },
};
for (const [name, { patch, message, reason }] of Object.entries(faults)) {
  test(`refuses ${name}`, () => {
    const before = spec({ containers: [{ name: 'a' }] });
    assert.throws(() => applyStrategicMergePatch(Pod, before, patch), { message, reason });
  });
}

const image = fc.constantFrom('1', '2', '3');
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
const podPatch = names
  .chain((found) =>
    fc.record({
      containers: fc.tuple(...found.map((name) => image.map((value) => ({ name, image: value })))),
      labels: fc.dictionary(fc.constantFrom('x', 'y', '__proto__'), fc.option(image, { nil: null })),
    }),
  )
  .map(({ containers, labels }): JsonObject => ({ metadata: { labels }, spec: { containers } }));

test('a patch applied twice changes nothing more', () => {
  fc.assert(
    fc.property(podPatch, (patch) => {
      const once = applyStrategicMergePatch(Pod, typicalPod(), patch);
      assert.deepEqual(applyStrategicMergePatch(Pod, once, patch), once);
    }),
  );
});

test('patches of different fields commute, but for the order of new items', () => {
  const sorted = (object: JsonObject): string => {
    const { containers } = object['spec'] as { containers: { name: string }[] };
    return JSON.stringify([...containers].sort((a, b) => a.name.localeCompare(b.name)));
  };
  fc.assert(
    fc.property(names, names, (some, others) => {
      const first = spec({ containers: some.map((name) => ({ name, image: 'x' })) });
      const second = spec({ containers: others.map((name) => ({ name, tty: true })) });
      const before = spec({ containers: ['a', 'b', 'c', 'd'].map((name) => ({ name, image: 'o', tty: false })) });
      const there = applyStrategicMergePatch(Pod, applyStrategicMergePatch(Pod, before, first), second);
      const back = applyStrategicMergePatch(Pod, applyStrategicMergePatch(Pod, before, second), first);
      assert.equal(sorted(there), sorted(back));
    }),
  );
});
