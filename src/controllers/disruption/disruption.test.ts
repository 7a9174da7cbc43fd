import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import { deployments, podDisruptionBudgets, pods } from '../../api/resources.ts';
import { deployment, pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { BudgetState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';

const now = Date.parse('2026-01-01T01:00:00Z');

function budget(spec: PodDisruptionBudget['spec'], status: PodDisruptionBudget['status'] = {}): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'b',
      resourceVersion: '1',
      creationTimestamp: '',
      generation: 1,
    },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    status,
  };
}

/** Ready (`R`), not ready (`n`) and leaving (`x`) pods. */
const fleet = (letters: string): readonly Pod[] =>
  Array.from(letters, (letter, index) => pod(`p${index}`, { ready: letter !== 'n', deleting: letter === 'x' }));

describe('how many pods a budget lets go', () => {
  const managed = (expected: number) => () => ({ expected, unmanaged: false });
  const at = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
  const cases: Record<string, readonly [Partial<BudgetState> & Pick<BudgetState, 'budget'>, string]> = {
    'a number that must be there': [
      { budget: budget({ minAvailable: 2 }), pods: fleet('RRR') },
      '1 of 3, 3 healthy, 2 wanted',
    ],
    'a number that is just there': [
      { budget: budget({ minAvailable: 2 }), pods: fleet('RRn') },
      '0 of 3, 2 healthy, 2 wanted',
    ],
    'a number that may be missing': [
      { budget: budget({ maxUnavailable: 1 }), pods: fleet('RRR'), scale: managed(3) },
      '1 of 3, 3 healthy, 2 wanted',
    ],
    'a share that may be missing rounds up': [
      { budget: budget({ maxUnavailable: '30%' }), pods: fleet('RRRR'), scale: managed(4) },
      '2 of 4, 4 healthy, 2 wanted',
    ],
    'a share that must be there rounds up': [
      { budget: budget({ minAvailable: '50%' }), pods: fleet('RRR'), scale: managed(3) },
      '1 of 3, 3 healthy, 2 wanted',
    ],
    'of a Deployment that is coming up': [
      { budget: budget({ maxUnavailable: 1 }), pods: fleet('R'), scale: managed(3) },
      '0 of 3, 1 healthy, 2 wanted',
    ],
    'without pods': [{ budget: budget({ minAvailable: 0 }) }, '0 of 0, 0 healthy, 0 wanted'],
    'a pod that leaves is not there': [
      { budget: budget({ minAvailable: 1 }), pods: fleet('Rx') },
      '0 of 2, 1 healthy, 1 wanted',
    ],
    'a pod that was evicted is not there': [
      { budget: budget({ minAvailable: 1 }, { disruptedPods: { p0: at(1) } }), pods: fleet('RR') },
      '0 of 2, 1 healthy, 1 wanted',
    ],
    'a pod that was evicted and did not go': [
      { budget: budget({ minAvailable: 1 }, { disruptedPods: { p0: at(3) } }), pods: fleet('RR') },
      '1 of 2, 2 healthy, 1 wanted, p0 is overdue',
    ],
  };
  for (const [name, [state, expected]] of Object.entries(cases)) {
    it(name, () => {
      const plan = reconcile({ pods: [], scale: managed(0), now, ...state });
      const { disruptionsAllowed, expectedPods, currentHealthy, desiredHealthy } = plan.status;
      const overdue = plan.notDeleted.map(({ metadata }) => `, ${metadata.name} is overdue`).join('');
      const text = `${disruptionsAllowed} of ${expectedPods}, ${currentHealthy} healthy, ${desiredHealthy} wanted${overdue}`;
      assert.equal(text, expected);
    });
  }
});

test('a budget follows its pods and their Deployment', async () => {
  await withControllers(async (server) => {
    server.seed(podDisruptionBudgets, budget({ maxUnavailable: 1 }));
    server.seed(deployments, deployment('web', { replicas: 2 }));
    await eventually('two pods', () => server.all(pods).length === 2);
    for (const each of server.all(pods)) {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
      server.seed(pods, { ...each, spec: { ...each.spec, nodeName: 'n1' }, status: { phase: 'Running', conditions } });
    }
    await eventually('a budget of one', () => {
      const { status } = server.stored(podDisruptionBudgets, 'web', 'default') ?? {};
      return (
        status?.disruptionsAllowed === 1 &&
        status.expectedPods === 2 &&
        status.conditions?.[0]?.reason === 'SufficientPods'
      );
    });
    const [first] = server.all(pods);
    assert.ok(first !== undefined);
    await server.delete(pods, first.metadata);
    await eventually('a budget of none', () => {
      const { status } = server.stored(podDisruptionBudgets, 'web', 'default') ?? {};
      return status?.disruptionsAllowed === 0 && status.conditions?.[0]?.reason === 'InsufficientPods';
    });
  });
});
