import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { limitRangeKind } from './limit-range.ts';
import { podTemplateKind } from './pod-template.ts';
import { replicationControllerKind } from './replication-controller.ts';
import { resourceQuotaKind } from './resource-quota.ts';

const pod = { containers: [{ name: 'main', image: 'work:1', resources: {} }] };
const template = { metadata: { labels: { app: 'a' } }, spec: pod };

describe('a ReplicationController', () => {
  it('takes selector and labels from its template', () => {
    const { metadata, spec, status } = made(replicationControllerKind, { spec: { template } });
    assert.deepEqual(
      [metadata.labels, spec.selector, spec.replicas, status],
      [{ app: 'a' }, { app: 'a' }, 1, { replicas: 0 }],
    );
  });
  it('has to find its pods, and keeps them', () => {
    const faulty = made(replicationControllerKind, {
      spec: { selector: { app: 'b' }, template: { ...template, spec: { ...pod, restartPolicy: 'Never' } } },
    });
    assert.deepEqual(faultsOf(replicationControllerKind, faulty), [
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ]);
  });
  it('is shown by its numbers', () => {
    const cells = cellsOf(replicationControllerKind, made(replicationControllerKind, { spec: { template } }));
    assert.deepEqual([cells['Desired'], cells['Current'], cells['Ready'], cells['Selector']], [1, 0, 0, 'app=a']);
  });
});

it('a PodTemplate is shown by its containers', () => {
  assert.deepEqual(cellsOf(podTemplateKind, made(podTemplateKind, { template })), {
    Name: 'test',
    Containers: 'main',
    Images: 'work:1',
    'Pod Labels': 'app=a',
  });
});

describe('a LimitRange', () => {
  const range = (...limits: object[]) => made(limitRangeKind, { spec: { limits } });
  it('gives containers what lies between', () => {
    const { spec } = range({ type: 'Container', min: { cpu: '1', memory: '1Gi' }, max: { cpu: '2' }, default: {} });
    assert.deepEqual(spec.limits[0]?.default, { cpu: '2' });
    assert.deepEqual(spec.limits[0]?.defaultRequest, { cpu: '2', memory: '1Gi' });
  });
  const cases: Record<string, readonly [object[], ...faults: string[]]> = {
    none: [[{ type: 'Pod', max: { cpu: '2' } }]],
    'no such type': [
      [{ type: 'Node', max: {} }],
      'spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified',
    ],
    'one type twice': [[{ type: 'Pod' }, { type: 'Pod' }], 'spec.limits[1].type: Duplicate value: "Pod"'],
    'defaults of pods': [
      [{ type: 'Pod', default: { cpu: '1' } }],
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    'more at least than at most': [
      [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1500m' } }],
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1500m',
    ],
    'a ratio out of reach': [
      [{ type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3', memory: '500m' } }],
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
      'spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "500m": ratio 500m is less than 1',
    ],
    'no storage': [
      [{ type: 'PersistentVolumeClaim', max: {} }],
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
  };
  for (const [name, [limits, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(limitRangeKind, range(...limits)), faults));
  }
});

describe('a ResourceQuota', () => {
  const quota = (spec: object, status: object = {}) => made(resourceQuotaKind, { spec, status });
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{ hard: { cpu: '1', 'requests.example.com/gpu': '2', 'count/deployments.apps': '3' } }],
    'no such resource': [
      { hard: { apples: '1', pods: '1.5', cpu: '-1' } },
      'spec.hard[apples]: Invalid value: "apples": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "1.5": must be an integer',
      'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    'scopes that exclude each other': [
      { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating'] },
      'spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes',
    ],
    'a scope for other things': [
      { hard: { secrets: '1' }, scopes: ['BestEffort'] },
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    'a selector without values': [
      { hard: { pods: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  };
  for (const [name, [spec, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(resourceQuotaKind, quota(spec)), faults));
  }
  it('keeps its scopes', () => {
    const [a, b] = [quota({ scopes: ['Terminating', 'BestEffort'] }), quota({ scopes: ['BestEffort', 'Terminating'] })];
    assert.deepEqual(faultsOf(resourceQuotaKind, a, b), []);
    assert.deepEqual(faultsOf(resourceQuotaKind, a, quota({ scopes: [] })), [
      'spec.scopes: Invalid value: ["BestEffort","Terminating"]: field is immutable',
    ]);
  });
  it('is shown by what is used of what', () => {
    const status = { hard: { pods: '10', 'limits.cpu': '4', cpu: '2' }, used: { pods: '3', cpu: '500m' } };
    const cells = cellsOf(resourceQuotaKind, quota({}, status));
    assert.deepEqual([cells['Request'], cells['Limit']], ['cpu: 500m/2, pods: 3/10', 'limits.cpu: 0/4']);
  });
});
