import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodesOf, person, request } from '../testing.ts';
import { nodeAuthorizer } from './node-authorizer.ts';
import { podReferences } from './pod-references.ts';

const pod = {
  metadata: { namespace: 'shop', name: 'web' },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'robot',
    imagePullSecrets: [{ name: 'pull' }],
    containers: [
      {
        name: 'a',
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'a' } } }],
        envFrom: [{ configMapRef: { name: 'env-map' } }, { secretRef: { name: 'from-secret' } }],
      },
    ],
    initContainers: [
      { name: 'i', env: [{ name: 'B', valueFrom: { configMapKeyRef: { name: 'init-map', key: 'b' } } }] },
    ],
    volumes: [
      { name: 's', secret: { secretName: 'volume-secret' } },
      { name: 'm', configMap: { name: 'volume-map' } },
      {
        name: 'p',
        projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'kube-root-ca.crt' } }] },
      },
      { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'e', ephemeral: {} },
    ],
  },
};

test('what a pod refers to', () => {
  const { secrets, configMaps, claims, serviceAccount } = podReferences(pod as never);
  assert.deepEqual([...secrets].toSorted(), ['env-secret', 'from-secret', 'projected', 'pull', 'volume-secret']);
  assert.deepEqual([...configMaps].toSorted(), ['env-map', 'init-map', 'kube-root-ca.crt', 'volume-map']);
  assert.deepEqual([...claims].toSorted(), ['data', 'web-e']);
  assert.equal(serviceAccount, 'robot');
});

const index = nodesOf(pod, { metadata: { namespace: 'shop', name: 'other' }, spec: { nodeName: 'n2' } });
index.putClaim('/persistentvolumeclaims/shop/data', { spec: { volumeName: 'pv1' } } as never);
const authorize = nodeAuthorizer(index);
const n1 = person('system:node:n1', 'system:nodes');
const n2 = person('system:node:n2', 'system:nodes');

// By request: does n1, on which the pod stands, may it; and n2, on which it does not?
const cases: Readonly<Record<string, readonly [boolean, boolean]>> = {
  'get /secrets volume-secret shop': [true, false],
  'watch /secrets volume-secret shop': [true, false],
  'get /secrets volume-secret default': [false, false],
  'get /secrets unrelated shop': [false, false],
  'list /secrets - shop': [false, false],
  'update /secrets volume-secret shop': [false, false],
  'get /configmaps kube-root-ca.crt shop': [true, false],
  'get /persistentvolumeclaims data shop': [true, false],
  'get /persistentvolumes pv1 -': [true, false],
  'create /serviceaccounts/token robot shop': [true, false],
  'create /serviceaccounts/token default shop': [false, false],
  'get /pods web shop': [true, false],
  'delete /pods web shop': [true, false],
  'patch /pods/status web shop': [true, false],
  'list /pods - -': [false, false],
  'create /pods/eviction web shop': [true, false],
  'create /pods/exec web shop': [false, false],
  'get /nodes n1 -': [true, true],
  'patch /nodes/status n1 -': [true, true],
  'delete /nodes n1 -': [false, false],
  'list /services - -': [true, true],
  'create /events - shop': [true, true],
  'update coordination.k8s.io/leases n1 kube-node-lease': [true, false],
  'create coordination.k8s.io/leases - kube-node-lease': [true, true],
  'update coordination.k8s.io/leases n1 kube-system': [false, false],
  'get //metrics': [false, false],
};
for (const [asked, [first, second]] of Object.entries(cases)) {
  test(`nodes: ${asked}`, () => {
    assert.equal(authorize(request(n1, asked)).allowed, first, 'n1');
    assert.equal(authorize(request(n2, asked)).allowed, second, 'n2');
    assert.equal(authorize(request(person('somebody'), asked)).allowed, false, 'no node');
    assert.equal(authorize(request(person('system:node:n1'), asked)).allowed, false, 'not in the group');
  });
}

test('a node lists the pods that are bound to it', () => {
  const list = request(n1, 'list /pods - -');
  assert.equal(authorize({ ...list, fieldSelector: 'spec.nodeName=n1' }).allowed, true);
  assert.equal(authorize({ ...list, fieldSelector: 'spec.nodeName=n2' }).allowed, false);
  assert.equal(authorize({ ...list, fieldSelector: 'spec.nodeName!=n1' }).allowed, false);
});

test('a pod that moves or goes takes its rights along', () => {
  const changing = nodesOf(pod);
  const decide = nodeAuthorizer(changing);
  const asked = 'get /secrets pull shop';
  changing.putPod('/pods/shop/web', { ...pod, spec: { ...pod.spec, nodeName: 'n2' } } as never);
  assert.equal(decide(request(n1, asked)).allowed, false);
  assert.equal(decide(request(n2, asked)).allowed, true);
  changing.removePod('/pods/shop/web');
  assert.equal(decide(request(n2, asked)).reason, "no relationship found between node 'n2' and this object");
});
