import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { horizontalPodAutoscalerKind as v1Kind } from '../autoscaling-v1/horizontal-pod-autoscaler.ts';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler.ts';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const spec = { scaleTargetRef, maxReplicas: 5 };
const autoscaler = (more: object = {}) => made(horizontalPodAutoscalerKind, { spec: { ...spec, ...more } });
const resource = (target: object) => ({ type: 'Resource', resource: { name: 'cpu', target } });

describe('an autoscaler gets', () => {
  it('a target, in both versions', () => {
    const { spec: v2 } = autoscaler();
    assert.equal(v2.minReplicas, 1);
    assert.deepEqual(v2.metrics, [resource({ type: 'Utilization', averageUtilization: 80 })]);
    assert.equal(v2.behavior, undefined);
    assert.equal(made(v1Kind, { spec }).spec.targetCPUUtilizationPercentage, 80);
  });
  it('both directions of a behavior of which it says a part', () => {
    const { behavior } = autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }).spec;
    assert.equal(behavior?.scaleUp?.policies?.length, 2);
    assert.deepEqual(behavior?.scaleDown, {
      stabilizationWindowSeconds: 60,
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    });
  });
});

describe('the faults of an autoscaler', () => {
  const metric = (one: object) => ({ metrics: [one] });
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [metric(resource({ type: 'AverageValue', averageValue: '100m' }))],
    'no room': [
      { minReplicas: 0, maxReplicas: -1 },
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: -1: must be greater than 0',
      'spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`',
    ],
    'no kind': [
      { scaleTargetRef: { kind: '', name: 'a/b' } },
      'spec.scaleTargetRef.kind: Required value',
      'spec.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\'',
    ],
    'another source than it says': [
      metric({ type: 'Pods', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } } }),
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
    'two sources': [
      metric({
        ...resource({ type: 'Utilization', averageUtilization: 5 }),
        pods: { metric: { name: 'a' }, target: {} },
      }),
      'spec.metrics[0].pods.target.type: Invalid value: "null": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
    ],
    'no such source': [
      metric({ type: 'Stars' }),
      'spec.metrics[0].type: Unsupported value: "Stars": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
    'two targets': [
      metric(resource({ type: 'Value', averageUtilization: 5, averageValue: '1' })),
      'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
    'no way up': [
      { behavior: { scaleUp: { policies: [], selectPolicy: 'Some', stabilizationWindowSeconds: 3601 } } },
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Some": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
    ],
  };
  for (const [name, [more, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(horizontalPodAutoscalerKind, autoscaler(more)), faults));
  }
});

describe('how an autoscaler is shown', () => {
  const cpu = resource({ type: 'Utilization', averageUtilization: 80 });
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  const pods = {
    type: 'Pods',
    pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } },
  };
  const external = (target: object) => ({ type: 'External', external: { metric: { name: 'queue' }, target } });
  const current = (one: object) => ({ name: 'cpu', current: one });
  const cases: Record<string, readonly [metrics: object[], currentMetrics: object[], string]> = {
    'nothing known': [[cpu], [], 'cpu: <unknown>/80%'],
    'a share': [[cpu], [{ type: 'Resource', resource: current({ averageUtilization: 12 }) }], 'cpu: 12%/80%'],
    'an amount': [[memory], [{ type: 'Resource', resource: current({ averageValue: '5Mi' }) }], 'memory: 5Mi/1Gi'],
    'more than two': [
      [pods, external({ type: 'Value', value: '30' }), external({ type: 'AverageValue', averageValue: '3' })],
      [],
      '<unknown>/10, <unknown>/30 + 1 more...',
    ],
    'for each pod': [[external({ type: 'AverageValue', averageValue: '3' })], [], '<unknown>/3 (avg)'],
  };
  for (const [name, [metrics, currentMetrics, expected]] of Object.entries(cases)) {
    it(name, () => {
      const object = { ...autoscaler({ metrics }), status: { desiredReplicas: 1, currentMetrics } };
      const cells = cellsOf(horizontalPodAutoscalerKind, object as ReturnType<typeof autoscaler>);
      assert.equal(cells['Targets'], expected);
    });
  }
  it('whole', () => {
    assert.deepEqual(cellsOf(v1Kind, made(v1Kind, { spec })), {
      Name: 'test',
      Reference: 'Deployment/web',
      Targets: 'cpu: <unknown>/80%',
      MinPods: '1',
      MaxPods: 5,
      Replicas: 0,
      Age: '5m',
    });
  });
});
