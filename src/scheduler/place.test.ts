import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../api/core/pod.schema.ts';
import type { Affinity, PodAffinityTerm } from '../api/core/scheduling.schema.ts';
import type { PreemptionVerdict } from './messages.ts';
import { describe as messageOf } from './messages.ts';
import { place } from './place.ts';
import type { ClusterParts } from './testing/objects.ts';
import { boundClaim, claim, clusterOf, node, placedPod, pod, storageClass, volume } from './testing/objects.ts';

/** The node that a pod gets, or why it gets none (without the part on pre-emption). */
function outcome(subject: Pod, parts: ClusterParts): string {
  const placement = place(subject, clusterOf(parts));
  if (placement.node !== undefined) return placement.node;
  return messageOf(placement.diagnosis, 'no-victims').replace(/\. preemption: .*$/, '');
}

type Cases = Record<string, readonly [Pod, ClusterParts, string]>;
function table(cases: Cases): void {
  for (const [name, [subject, parts, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(outcome(subject, parts), expected));
  }
}

const two = [node('a'), node('b')];
const term = (app: string, topologyKey = 'kubernetes.io/hostname'): PodAffinityTerm => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
});
const near = (...terms: PodAffinityTerm[]): Affinity => ({
  podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});
const apart = (...terms: PodAffinityTerm[]): Affinity => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});

describe('resources', () =>
  table({
    'no nodes at all': [pod('p'), { nodes: [] }, 'no nodes available to schedule pods'],
    'the node with room': [
      pod('p', { requests: { cpu: '2' } }),
      { nodes: two, pods: [placedPod('x', 'a', { requests: { cpu: '3' } })] },
      'b',
    ],
    'exactly what is left': [
      pod('p', { requests: { cpu: '1300m', memory: '7Gi' } }),
      { nodes: [node('a')], pods: [placedPod('x', 'a', { requests: { cpu: '2700m', memory: '1Gi' } })] },
      'a',
    ],
    'several shortages, sorted and counted': [
      pod('p', { requests: { cpu: '5', memory: '9Gi' } }),
      { nodes: [...two, node('c', { allocatable: { memory: '10Gi' } })] },
      '0/3 nodes are available: 2 Insufficient memory, 3 Insufficient cpu',
    ],
    'an extended resource that no node has': [
      pod('p', { requests: { 'example.com/gpu': '1' } }),
      { nodes: two },
      '0/2 nodes are available: 2 Insufficient example.com/gpu',
    ],
    'too many pods': [
      pod('p'),
      { nodes: [node('a', { allocatable: { pods: '1' } })], pods: [placedPod('x', 'a')] },
      '0/1 nodes are available: 1 Too many pods',
    ],
    'init containers count while they run, sidecars always': [
      pod('p', {
        requests: { cpu: '1' },
        spec: {
          initContainers: [
            { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } },
            { name: 'i', resources: { requests: { cpu: '3500m' } } },
          ],
        },
      }),
      { nodes: [node('a'), node('b', { allocatable: { cpu: '4500m' } })] },
      'b',
    ],
    'overhead counts': [
      pod('p', { requests: { cpu: '4' }, spec: { overhead: { cpu: '1m' } } }),
      { nodes: [node('a')] },
      '0/1 nodes are available: 1 Insufficient cpu',
    ],
    'pods that ask for nothing spread too': [
      pod('p'),
      { nodes: two, pods: [placedPod('x', 'a'), placedPod('y', 'a'), placedPod('z', 'b')] },
      'b',
    ],
  }));

describe('devices', () =>
  table({
    'asked for by a claim, which nothing allocates': [
      pod('p', { spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] } }),
      { nodes: two },
      '0/2 nodes are available: cannot allocate all claims: resource claims are kept, but not allocated yet',
    ],
  }));

describe('nodes that do not want the pod', () => {
  const taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' } as const;
  table({
    cordoned: [
      pod('p'),
      { nodes: [node('a', { unschedulable: true })] },
      '0/1 nodes are available: 1 node(s) were unschedulable',
    ],
    'cordoned, and tolerated': [
      pod('p', { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } }),
      { nodes: [node('a', { unschedulable: true })] },
      'a',
    ],
    tainted: [
      pod('p'),
      { nodes: [node('a', { taints: [taint] }), node('b', { taints: [{ ...taint, effect: 'NoExecute' }] })] },
      '0/2 nodes are available: 2 node(s) had untolerated taint(s)',
    ],
    'a toleration of the value': [
      pod('p', { spec: { tolerations: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] } }),
      { nodes: [node('a', { taints: [taint] })] },
      'a',
    ],
    'a toleration of another effect': [
      pod('p', { spec: { tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }] } }),
      { nodes: [node('a', { taints: [taint] })] },
      '0/1 nodes are available: 1 node(s) had untolerated taint(s)',
    ],
    'a toleration of everything': [
      pod('p', { spec: { tolerations: [{ operator: 'Exists' }] } }),
      { nodes: [node('a', { taints: [taint] })] },
      'a',
    ],
    'softly tainted nodes come last': [
      pod('p'),
      {
        nodes: [node('a', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }), node('b')],
        pods: [placedPod('x', 'b', { requests: { cpu: '1' } })],
      },
      'b',
    ],
  });
});

describe('node affinity', () => {
  const disks = [node('a', { labels: { disk: 'hdd', size: '5' } }), node('b', { labels: { disk: 'ssd', size: '10' } })];
  const required = (key: string, operator: 'In' | 'NotIn' | 'Gt' | 'DoesNotExist', ...values: string[]): Affinity => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
      },
    },
  });
  const onNode = (name: string): Affinity => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }],
      },
    },
  });
  const none = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector";
  table({
    nodeSelector: [pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }), { nodes: disks }, 'b'],
    'a selector that nothing matches': [pod('p', { spec: { nodeSelector: { disk: 'tape' } } }), { nodes: disks }, none],
    In: [pod('p', { spec: { affinity: required('disk', 'In', 'ssd', 'nvme') } }), { nodes: disks }, 'b'],
    NotIn: [pod('p', { spec: { affinity: required('disk', 'NotIn', 'ssd') } }), { nodes: disks }, 'a'],
    Gt: [pod('p', { spec: { affinity: required('size', 'Gt', '7') } }), { nodes: disks }, 'b'],
    DoesNotExist: [pod('p', { spec: { affinity: required('disk', 'DoesNotExist') } }), { nodes: disks }, none],
    'by the name of the node, as DaemonSets do': [pod('p', { spec: { affinity: onNode('a') } }), { nodes: disks }, 'a'],
    preferred: [
      pod('p', {
        spec: {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 50, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
              ],
            },
          },
        },
      }),
      { nodes: disks, pods: [placedPod('x', 'b')] },
      'b',
    ],
  });
});

describe('host ports', () => {
  const withPort = (hostPort: number, more: object = {}): Partial<Pod['spec']> => ({
    containers: [{ name: 'm', resources: {}, ports: [{ containerPort: 80, hostPort, ...more }] }],
  });
  const taken = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports";
  const cluster = (more: object): ClusterParts => ({
    nodes: [node('a')],
    pods: [placedPod('x', 'a', { spec: withPort(80, more) })],
  });
  table({
    'the same port': [pod('p', { spec: withPort(80) }), cluster({}), taken],
    'another port': [pod('p', { spec: withPort(81) }), cluster({}), 'a'],
    'another protocol': [pod('p', { spec: withPort(80, { protocol: 'UDP' }) }), cluster({}), 'a'],
    'other addresses': [
      pod('p', { spec: withPort(80, { hostIP: '127.0.0.1' }) }),
      cluster({ hostIP: '192.0.2.1' }),
      'a',
    ],
    'all addresses and one': [pod('p', { spec: withPort(80) }), cluster({ hostIP: '192.0.2.1' }), taken],
    'init containers that have ended hold no port': [
      pod('p', {
        spec: { initContainers: [{ name: 'i', resources: {}, ports: [{ containerPort: 80, hostPort: 80 }] }] },
      }),
      cluster({}),
      'a',
    ],
  });
});

describe('pod affinity', () => {
  const zones = [
    node('a', { labels: { 'topology.kubernetes.io/zone': 'z1' } }),
    node('b', { labels: { 'topology.kubernetes.io/zone': 'z2' } }),
    node('c', { labels: { 'topology.kubernetes.io/zone': 'z2' } }),
  ];
  const zone = 'topology.kubernetes.io/zone';
  const db = placedPod('db', 'b', { labels: { app: 'db' } });
  const noNear = "0/3 nodes are available: 3 node(s) didn't match pod affinity rules";
  table({
    'near a pod': [pod('p', { spec: { affinity: near(term('db')) } }), { nodes: zones, pods: [db] }, 'b'],
    'in the zone of a pod': [
      pod('p', { spec: { affinity: near(term('db', zone)) } }),
      { nodes: zones, pods: [db, placedPod('x', 'b')] },
      'c',
    ],
    'near nobody': [pod('p', { spec: { affinity: near(term('nope')) } }), { nodes: zones, pods: [db] }, noNear],
    'the first of a group starts anywhere': [
      pod('p', { labels: { app: 'web' }, spec: { affinity: near(term('web')) } }),
      { nodes: zones, pods: [placedPod('x', 'a'), placedPod('y', 'b')] },
      'c',
    ],
    'one pod must meet all terms': [
      pod('p', { spec: { affinity: near(term('db'), term('cache')) } }),
      { nodes: zones, pods: [db, placedPod('cache', 'b', { labels: { app: 'cache' } })] },
      noNear,
    ],
    'other namespaces are not meant': [
      pod('p', { spec: { affinity: near(term('db')) } }),
      { nodes: zones, pods: [placedPod('db', 'b', { labels: { app: 'db' }, namespace: 'other' })] },
      noNear,
    ],
    'unless they are named, or selected by label': [
      pod('p', {
        spec: { affinity: near({ ...term('db'), namespaceSelector: { matchLabels: { team: 'x' } } }) },
      }),
      {
        nodes: zones,
        pods: [placedPod('db', 'b', { labels: { app: 'db' }, namespace: 'other' })],
        namespaceLabels: { other: { team: 'x' } },
      },
      'b',
    ],
    'away from a pod': [pod('p', { spec: { affinity: apart(term('db', zone)) } }), { nodes: zones, pods: [db] }, 'a'],
    'away from all': [
      pod('p', { spec: { affinity: apart(term('db', zone)) } }),
      { nodes: zones, pods: [db, placedPod('db2', 'a', { labels: { app: 'db' } })] },
      "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules",
    ],
    'a pod there that keeps others away': [
      pod('p', { labels: { app: 'noisy' } }),
      { nodes: [node('a')], pods: [placedPod('quiet', 'a', { spec: { affinity: apart(term('noisy')) } })] },
      "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules",
    ],
    'preferred apart': [
      pod('p', {
        spec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term('db') }],
            },
          },
        },
      }),
      { nodes: two, pods: [placedPod('db', 'a', { labels: { app: 'db' } }), placedPod('x', 'b')] },
      'b',
    ],
  });
});

describe('topology spread', () => {
  const labels = { app: 'web' };
  const spread = (more: object = {}): Partial<Pod['spec']> => ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: labels },
        ...more,
      },
    ],
  });
  const web = (name: string, on: string): Pod => placedPod(name, on, { labels });
  table({
    'the emptier node': [pod('p', { labels, spec: spread() }), { nodes: two, pods: [web('1', 'a')] }, 'b'],
    'no node, when the emptier is full': [
      pod('p', { labels, spec: spread(), requests: { cpu: '3' } }),
      { nodes: two, pods: [web('1', 'a'), placedPod('x', 'b', { requests: { cpu: '3' } })] },
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints",
    ],
    'nodes without the label': [
      pod('p', { labels, spec: spread({ topologyKey: 'rack' }) }),
      { nodes: two },
      "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label)",
    ],
    'missing domains count as empty': [
      pod('p', { labels, spec: spread({ minDomains: 3 }) }),
      { nodes: two, pods: [web('1', 'a'), web('2', 'b')] },
      "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints",
    ],
    'nodes that the pod cannot go to do not count': [
      pod('p', { labels, spec: { ...spread(), nodeSelector: { 'kubernetes.io/hostname': 'a' } } }),
      { nodes: two, pods: [web('1', 'a'), web('2', 'a')] },
      'a',
    ],
    softly: [
      pod('p', { labels, spec: spread({ whenUnsatisfiable: 'ScheduleAnyway' }) }),
      { nodes: two, pods: [web('1', 'a'), placedPod('x', 'b')] },
      'b',
    ],
    'pods of a Service, without being told': [
      pod('p', { labels }),
      { nodes: two, pods: [web('1', 'a'), placedPod('x', 'b')], selectors: [{ matchLabels: labels }] },
      'b',
    ],
  });
});

describe('volumes', () => {
  const using = (...names: string[]): Pod =>
    pod('p', { spec: { volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })) } });
  const local = storageClass('local');
  const localClaim = (name: string, storage = '1Gi') =>
    claim(name, { storageClassName: 'local', resources: { requests: { storage } } });
  const localVolume = (name: string, host: string, storage = '1Gi') =>
    volume(name, host, { storageClassName: 'local', capacity: { storage } });
  const noVolumes = "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind";
  table({
    'no such claim': [using('d'), { nodes: two }, '0/2 nodes are available: persistentvolumeclaim "d" not found'],
    'a claim that is not bound yet': [
      using('d'),
      { nodes: two, claims: [claim('d')] },
      '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims',
    ],
    'a missing claim is named before an unbound one': [
      using('d', 'e'),
      { nodes: two, claims: [claim('d')] },
      '0/2 nodes are available: persistentvolumeclaim "e" not found',
    ],
    'an ephemeral volume whose claim is still to be made': [
      pod('p', { spec: { volumes: [{ name: 'v', ephemeral: {} }] } }),
      { nodes: two },
      '0/2 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"',
    ],
    'an ephemeral volume whose claim is somebody else’s': [
      pod('p', { spec: { volumes: [{ name: 'v', ephemeral: {} }] } }),
      { nodes: two, claims: [claim('p-v')] },
      '0/2 nodes are available: PVC default/p-v was not created for pod default/p (pod is not owner)',
    ],
    'a bound volume leads to its node': [
      using('d'),
      { nodes: two, claims: [boundClaim('d', 'v')], volumes: [volume('v', 'b')] },
      'b',
    ],
    'a bound volume on no node that is there': [
      using('d'),
      { nodes: two, claims: [boundClaim('d', 'v')], volumes: [volume('v', 'gone')] },
      "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity",
    ],
    'a bound volume that is lost': [
      using('d'),
      { nodes: two, claims: [boundClaim('d', 'v')] },
      '0/2 nodes are available: 2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
    ],
    'a claim that waits goes where there is a volume': [
      using('d'),
      { nodes: two, claims: [localClaim('d')], volumes: [localVolume('v', 'b')], storageClasses: [local] },
      'b',
    ],
    'a volume that is too small': [
      using('d'),
      { nodes: two, claims: [localClaim('d', '2Gi')], volumes: [localVolume('v', 'b')], storageClasses: [local] },
      noVolumes,
    ],
    'one volume serves one claim only': [
      using('d', 'e'),
      {
        nodes: two,
        claims: [localClaim('d'), localClaim('e')],
        volumes: [localVolume('v', 'a'), localVolume('w', 'b')],
        storageClasses: [local],
      },
      noVolumes,
    ],
    'each claim takes the smallest': [
      using('d', 'e'),
      {
        nodes: two,
        claims: [localClaim('d', '5Gi'), localClaim('e')],
        volumes: [localVolume('v', 'b', '10Gi'), localVolume('w', 'b', '2Gi')],
        storageClasses: [local],
      },
      'b',
    ],
    'a class with a provisioner fits everywhere': [
      using('d'),
      {
        nodes: [node('a')],
        claims: [localClaim('d')],
        storageClasses: [storageClass('local', { provisioner: 'example.com/disk' })],
      },
      'a',
    ],
  });
});

it('prefers a node that has the image', () => {
  const image = { names: ['app:latest'], sizeBytes: 900 << 20 };
  const nodes = [node('a'), node('b', { images: [image] })];
  assert.equal(outcome(pod('p'), { nodes }), 'b');
});

describe('the word on pre-emption', () => {
  const said = (subject: Pod, parts: ClusterParts, verdict: PreemptionVerdict = 'no-victims'): string => {
    const placement = place(subject, clusterOf(parts));
    assert.ok(placement.node === undefined);
    return messageOf(placement.diagnosis, verdict).replace(/^.*? preemption: /, '');
  };
  const full = {
    nodes: [node('a'), node('b', { unschedulable: true })],
    pods: [placedPod('x', 'a', { requests: { cpu: '3' } })],
  };

  it('says where it could help', () => {
    assert.equal(
      said(pod('p', { requests: { cpu: '2' } }), full),
      '0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    );
  });
  it('is not helpful for a pod that is larger than the nodes', () => {
    assert.equal(
      said(pod('p', { requests: { cpu: '5' } }), full),
      '0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    );
  });
  it('is not wanted by every pod', () => {
    assert.equal(
      said(pod('p', { requests: { cpu: '2' } }), full, 'never'),
      'not eligible due to preemptionPolicy=Never.',
    );
  });
});
