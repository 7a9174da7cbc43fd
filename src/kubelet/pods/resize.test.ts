import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Container } from '../../api/core/container.schema.ts';
import { container, exited, observed, pod, run } from '../testing/pods.ts';
import type { Resources } from './resize.ts';
import { planResize } from './resize.ts';

const cpu = (amount: string): Resources => ({ requests: { cpu: amount } });
const node = { cpu: '2', memory: '1Gi', pods: '10' };

interface Case {
  readonly spec: Partial<Container>;
  readonly actual?: Resources;
  readonly others?: string;
  readonly ended?: true;
  readonly plan: string;
}

const cases: Readonly<Record<string, Case>> = {
  'nothing changed': { spec: { resources: cpu('1') }, actual: cpu('1000m'), plan: 'nothing' },
  'nobody knows what it was given': { spec: { resources: cpu('1') }, plan: 'nothing' },
  'it does not run': { spec: { resources: cpu('1') }, actual: cpu('2'), ended: true, plan: 'nothing' },
  'more is asked for and there': { spec: { resources: cpu('2') }, actual: cpu('1'), plan: 'update' },
  'its policy wants a restart': {
    spec: { resources: cpu('2'), resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] },
    actual: cpu('1'),
    plan: 'Container c resize requires restart',
  },
  'its policy wants a restart for something else': {
    spec: { resources: cpu('2'), resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] },
    actual: cpu('1'),
    plan: 'update',
  },
  'others have it': { spec: { resources: cpu('2') }, actual: cpu('1'), others: '1', plan: 'Deferred' },
  'the node never had it': { spec: { resources: cpu('3') }, actual: cpu('1'), plan: 'Infeasible' },
};

describe('the resources of a running container change', () => {
  for (const [name, { spec, actual, others, ended, plan }] of Object.entries(cases)) {
    test(name, () => {
      const result = planResize({
        pod: pod({ containers: [container('c', spec)] }),
        observed: observed([ended === true ? exited('c', 1) : run('c')]),
        actual: () => actual,
        others: others === undefined ? [] : [pod({ containers: [container('o', { resources: cpu(others) })] })],
        allocatable: node,
      });
      const said = [
        ...result.restarts.map(({ message }) => message),
        ...result.updates.map(() => 'update'),
        result.pending?.reason,
      ];
      assert.equal(said.filter((item) => item !== undefined).join() || 'nothing', plan);
    });
  }
});
