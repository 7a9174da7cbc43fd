import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { daemonSetKind } from './apps/daemon-set.ts';
import { deploymentKind } from './apps/deployment.ts';
import { replicaSetKind } from './apps/replica-set.ts';
import { statefulSetKind } from './apps/stateful-set.ts';
import { jobKind } from './batch/job.ts';
import { namespaceKind } from './core/namespace.ts';
import { nodeKind } from './core/node.ts';
import { persistentVolumeClaimKind } from './core/persistent-volume-claim.ts';
import { podKind } from './core/pod.ts';
import { resourceQuotaKind } from './core/resource-quota.ts';
import { serviceKind } from './core/service.ts';
import type { AnyKind } from './kind.ts';
import { ingressKind } from './networking/ingress.ts';
import { podDisruptionBudgetKind } from './policy/pod-disruption-budget.ts';
import { statusFaultsOf } from './testing/judge.ts';

interface Case {
  readonly kind: AnyKind;
  readonly spec?: object;
  readonly metadata?: object;
  readonly old?: object;
  readonly status: object;
  readonly faults: readonly string[];
}

const container = { name: 'c', image: 'i' };
const ended = (exitCode: number) => ({ containerStatuses: [{ name: 'c', state: { terminated: { exitCode } } }] });
const running = { containerStatuses: [{ name: 'c', state: { running: {} } }] };
const again = ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'];
const podSpec = (restartPolicy: string, more: object = {}) => ({
  restartPolicy,
  containers: [{ ...container, ...more }],
});
const onlyOnCode = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }];
const is = (...types: readonly string[]) => types.map((type) => ({ type, status: 'True' }));
const [begin, end] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'];
const done = { startTime: begin, completionTime: end, conditions: is('SuccessCriteriaMet', 'Complete'), succeeded: 1 };

const cases: Readonly<Record<string, Case>> = {
  'a pod that ended for good runs again': {
    kind: podKind,
    spec: podSpec('Never'),
    old: ended(1),
    status: running,
    faults: again,
  },
  'a pod that failed may run again': {
    kind: podKind,
    spec: podSpec('OnFailure'),
    old: ended(1),
    status: running,
    faults: [],
  },
  'a pod that succeeded may not': {
    kind: podKind,
    spec: podSpec('OnFailure'),
    old: ended(0),
    status: running,
    faults: again,
  },
  'a pod that always runs may': { kind: podKind, spec: podSpec('Always'), old: ended(0), status: running, faults: [] },
  'a container restarts by a rule of its own': {
    kind: podKind,
    spec: podSpec('Never', { restartPolicy: 'Never', restartPolicyRules: onlyOnCode }),
    old: ended(42),
    status: running,
    faults: [],
  },
  'and not without one': {
    kind: podKind,
    spec: podSpec('Never', { restartPolicy: 'Never', restartPolicyRules: onlyOnCode }),
    old: ended(1),
    status: running,
    faults: again,
  },
  'addresses of a pod': {
    kind: podKind,
    spec: podSpec('Always'),
    status: { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], hostIP: '10.1.0.1', hostIPs: [{ ip: 'here' }] },
    faults: [
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "here": must be equal to `hostIP`',
      'status.hostIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  'a node for a pod that has one': {
    kind: podKind,
    spec: { ...podSpec('Always'), nodeName: 'n1' },
    status: { nominatedNodeName: 'n2' },
    faults: ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'],
  },
  'addresses of a node and what it has': {
    kind: nodeKind,
    status: {
      capacity: { cpu: '-1', pods: '1.5' },
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'InternalIP', address: '10.0.0.1' },
      ],
    },
    faults: [
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.capacity.pods: Invalid value: "1.5": must be an integer',
      'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"10.0.0.1"}',
    ],
  },
  'an address of a Service without a load balancer': {
    kind: serviceKind,
    spec: { type: 'ClusterIP' },
    status: { loadBalancer: { ingress: [{ ip: '10.0.0.1', ipMode: 'VIP' }] } },
    faults: ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
  },
  'addresses of a load balancer': {
    kind: serviceKind,
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: [{ ip: 'x' }, { hostname: '10.0.0.1', ipMode: 'VIP' }, { hostname: 'a.b' }] } },
    faults: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
      'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
    ],
  },
  'addresses of an Ingress': {
    kind: ingressKind,
    status: { loadBalancer: { ingress: [{ ip: '300.0.0.1' }, { ip: '10.0.0.1' }] } },
    faults: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "300.0.0.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  'a namespace that does not go': {
    kind: namespaceKind,
    status: { phase: 'Terminating' },
    faults: ['status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty'],
  },
  'a namespace that goes': {
    kind: namespaceKind,
    metadata: { deletionTimestamp: begin },
    status: { phase: 'Terminating' },
    faults: [],
  },
  'what a quota has counted': {
    kind: resourceQuotaKind,
    status: { hard: { pods: '-1' }, used: { 'limits.cpu': '1' } },
    faults: ['status.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
  },
  'a claim that is resized': {
    kind: persistentVolumeClaimKind,
    status: { capacity: { storage: '-1' }, allocatedResourceStatuses: { storage: 'Growing' } },
    faults: [
      'status.capacity[storage]: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", ' +
        '"ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
    ],
  },
  'replicas of a Deployment': {
    kind: deploymentKind,
    old: { collisionCount: 2 },
    status: { replicas: 1, readyReplicas: 1, availableReplicas: 2, unavailableReplicas: -1, collisionCount: 1 },
    faults: [
      'status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ],
  },
  'replicas of a ReplicaSet': {
    kind: replicaSetKind,
    status: { replicas: 1, fullyLabeledReplicas: 2 },
    faults: ['status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas'],
  },
  'replicas of a StatefulSet': {
    kind: statefulSetKind,
    status: { replicas: 2, currentReplicas: 3, availableReplicas: 1 },
    faults: [
      'status.currentReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas',
    ],
  },
  'pods of a DaemonSet': {
    kind: daemonSetKind,
    status: { numberReady: -1 },
    faults: ['status.numberReady: Invalid value: -1: must be greater than or equal to 0'],
  },
  'a budget': {
    kind: podDisruptionBudgetKind,
    status: { disruptionsAllowed: -1, conditions: [{ type: 'a/b/c', status: 'True', reason: 'R', message: '' }] },
    faults: [
      'status.conditions[0].type: Invalid value: "a/b/c": a qualified name must consist of alphanumeric characters, ' +
        "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or " +
        "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS " +
        "subdomain prefix and '/' (e.g. 'example.com/MyName')",
      'status.conditions[0].lastTransitionTime: Required value',
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ],
  },
  'a Job that is done': { kind: jobKind, old: { startTime: begin, active: 1 }, status: done, faults: [] },
  'a Job that is done too early': {
    kind: jobKind,
    old: { active: 1, failed: 1 },
    status: { conditions: is('Complete'), active: 1, ready: 2, uncountedTerminatedPods: { failed: ['a', 'a'] } },
    faults: [
      'status.uncountedTerminatedPods.failed[1]: Duplicate value: "a"',
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
      'status.startTime: Required value: startTime is required for finished job',
      'status.uncountedTerminatedPods: Invalid value: {"failed":["a","a"]}: must be empty for finished job',
      'status.ready: Invalid value: 2: cannot set more ready pods than active',
      'status.failed: Invalid value: 0: cannot decrease the failed counter',
    ],
  },
  'a Job that is undone': {
    kind: jobKind,
    old: done,
    status: { startTime: end, completionTime: end },
    faults: [
      'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is no Complete=True condition',
      'status.startTime: Invalid value: "2026-01-01T00:01:00Z": field is immutable for unsuspended job once set',
      'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
      'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
      'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
  },
  'indexes of a Job': {
    kind: jobKind,
    spec: { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 },
    status: { completedIndexes: '0,2-3', failedIndexes: '1,3-4' },
    faults: ['status.failedIndexes: Invalid value: "1,3-4": failedIndexes and completedIndexes overlap at index: 3'],
  },
  'indexes that a Job does not have': {
    kind: jobKind,
    spec: { completions: 2 },
    status: { completedIndexes: '5', failedIndexes: '' },
    faults: [
      'status.completedIndexes: Invalid value: "5": error parsing completedIndexes: too large index: "5"',
      'status.completedIndexes: Invalid value: "5": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
  },
};

describe('what is reported of', () => {
  for (const [name, { kind, spec = {}, metadata = {}, old = {}, status, faults }] of Object.entries(cases)) {
    it(name, () => {
      const object = { apiVersion: 'v1', kind: kind.kind, metadata: { name: 'test', ...metadata }, spec, status: old };
      assert.deepEqual(statusFaultsOf(kind, object, status), faults);
    });
  }
});
