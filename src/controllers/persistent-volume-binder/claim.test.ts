import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claim, storageClass, volume } from '../testing/volumes.ts';
import { node } from '../testing/objects.ts';
import type { ClaimPlan, ClaimState } from './claim.ts';
import { reconcileClaim } from './claim.ts';

const reference = (name: string, uid?: string) => {
  return { kind: 'PersistentVolumeClaim', namespace: 'default', name, ...(uid === undefined ? {} : { uid }) };
};
const bound = { 'pv.kubernetes.io/bind-completed': 'yes' };
const size = (storage: string) => ({ capacity: { storage } });

function say(plan: ClaimPlan): string {
  switch (plan.type) {
    case 'bind':
      return `bind ${plan.volume.metadata.name}`;
    case 'assign-class':
      return `class ${plan.storageClass}`;
    case 'provision':
      return `provision by ${plan.provisioner}`;
    default:
      return plan.event === undefined ? plan.type : `${plan.type}: ${plan.event.reason} ${plan.event.message}`;
  }
}

describe('the plan for a claim', () => {
  const web = claim('web');
  const cases: Record<string, readonly [Partial<ClaimState>, string]> = {
    'no volume, no class': [
      {},
      'pending: FailedBinding no persistent volumes available for this claim and no storage class is set',
    ],
    'the smallest volume that is large enough': [
      {
        volumes: [
          volume('small', { spec: size('500Mi') }),
          volume('large', { spec: size('10Gi') }),
          volume('fitting', { spec: size('2Gi') }),
        ],
      },
      'bind fitting',
    ],
    'a volume reserved by name goes before a smaller one': [
      { volumes: [volume('small'), volume('mine', { spec: { ...size('9Gi'), claimRef: reference('web') } })] },
      'bind mine',
    ],
    'volumes that do not fit': [
      {
        volumes: [
          volume('classed', { spec: { storageClassName: 'x' } }),
          volume('block', { spec: { volumeMode: 'Block' } }),
          volume('read-only', { spec: { accessModes: ['ReadOnlyMany'] } }),
          volume('taken', { spec: { claimRef: reference('other', 'u') }, status: { phase: 'Bound' } }),
          volume('leaving', { metadata: { deletionTimestamp: 'now' } }),
          volume('used', { status: { phase: 'Released' } }),
        ],
      },
      'pending: FailedBinding no persistent volumes available for this claim and no storage class is set',
    ],
    'a selector': [
      {
        claim: claim('web', { spec: { selector: { matchLabels: { tier: 'gold' } } } }),
        volumes: [volume('a'), volume('b', { metadata: { labels: { tier: 'gold' } } })],
      },
      'bind b',
    ],
    'the class is left open: the newest default': [
      {
        claim: claim('web', { spec: { storageClassName: undefined } }),
        storageClasses: ['old', 'new'].map((name, index) => {
          const plain = storageClass(name);
          const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
          const metadata = { ...plain.metadata, annotations, creationTimestamp: `2026-01-0${index + 1}T00:00:00Z` };
          return { ...plain, metadata };
        }),
      },
      'class new',
    ],
    'a class with a provisioner': [
      { claim: claim('web', { spec: { storageClassName: 's' } }), storageClasses: [storageClass('s')] },
      'provision by coxswain.dev/host-path',
    ],
    'a class that is not there': [
      { claim: claim('web', { spec: { storageClassName: 's' } }) },
      'pending: ProvisioningFailed storageclass.storage.k8s.io "s" not found',
    ],
    'a class for which nobody makes volumes': [
      {
        claim: claim('web', { spec: { storageClassName: 's' } }),
        storageClasses: [storageClass('s', { provisioner: 'kubernetes.io/no-provisioner' })],
      },
      'pending: ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner',
    ],
    'a class that waits for a pod': [
      {
        claim: claim('web', { spec: { storageClassName: 's' } }),
        storageClasses: [storageClass('s', { volumeBindingMode: 'WaitForFirstConsumer' })],
        volumes: [volume('free', { spec: { storageClassName: 's' } })],
      },
      'pending: WaitForFirstConsumer waiting for first consumer to be created before binding',
    ],
    'a class that waits for a pod, and one waits for a node': [
      {
        claim: claim('web', { spec: { storageClassName: 's' } }),
        storageClasses: [storageClass('s', { volumeBindingMode: 'WaitForFirstConsumer' })],
        waitingPods: ['a'],
      },
      'pending: WaitForPodScheduled waiting for pod a to be scheduled',
    ],
    'a class that waits for a pod, whose node is chosen: a volume that the node can reach': [
      {
        claim: claim('web', {
          spec: { storageClassName: 's' },
          metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'n1' } },
        }),
        storageClasses: [storageClass('s', { volumeBindingMode: 'WaitForFirstConsumer' })],
        node: () => node('n1'),
        volumes: ['n2', 'n1'].map((host) =>
          volume(`on-${host}`, {
            spec: {
              storageClassName: 's',
              nodeAffinity: {
                required: {
                  nodeSelectorTerms: [
                    { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] },
                  ],
                },
              },
            },
          }),
        ),
      },
      'bind on-n1',
    ],
    'a named volume that is free': [
      { claim: claim('web', { spec: { volumeName: 'v' } }), volumes: [volume('v')] },
      'bind v',
    ],
    'a named volume that is not there': [{ claim: claim('web', { spec: { volumeName: 'v' } }) }, 'pending'],
    'a named volume that is too small': [
      { claim: claim('web', { spec: { volumeName: 'v' } }), volumes: [volume('v', { spec: size('1Mi') })] },
      'pending: VolumeMismatch Cannot bind to requested volume "v": requested PV is too small',
    ],
    "a named volume that is somebody else's": [
      {
        claim: claim('web', { spec: { volumeName: 'v' } }),
        volumes: [volume('v', { spec: { claimRef: reference('other', 'u') } })],
      },
      'pending: FailedBinding volume "v" already bound to a different claim.',
    ],
    'bound: finished once more': [
      {
        claim: claim('web', { spec: { volumeName: 'v' }, metadata: { annotations: bound } }),
        volumes: [volume('v', { spec: { claimRef: reference('web', web.metadata.uid) } })],
      },
      'bind v',
    ],
    'bound, and the volume is gone': [
      { claim: claim('web', { spec: { volumeName: 'v' }, metadata: { annotations: bound } }) },
      'lost: ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    ],
    'bound, and the volume is bound elsewhere': [
      {
        claim: claim('web', { spec: { volumeName: 'v' }, metadata: { annotations: bound } }),
        volumes: [volume('v', { spec: { claimRef: reference('web', 'another') } })],
      },
      'lost: ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly',
    ],
  };
  for (const [name, [state, expected]] of Object.entries(cases)) {
    it(name, () => {
      const usual = { claim: web, volumes: [], storageClasses: [], node: () => undefined, waitingPods: [] };
      assert.equal(say(reconcileClaim({ ...usual, ...state })), expected);
    });
  }
});
