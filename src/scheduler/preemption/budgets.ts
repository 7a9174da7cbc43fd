import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';

/**
 * The pods among `pods` whose end some budget would not allow any more, if all of them ended in this order. A pod that
 * its budget already counts as disrupted costs nothing.
 */
export function violatingPods(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]): ReadonlySet<Pod> {
  const left = new Map(budgets.map((budget) => [budget, budget.status.disruptionsAllowed ?? 0]));
  const violating = new Set<Pod>();
  for (const pod of pods) {
    for (const [budget, allowed] of left) {
      const { metadata, spec, status } = budget;
      const meant =
        metadata.namespace === pod.metadata.namespace && selectorMatches(spec.selector, pod.metadata.labels);
      if (!meant || status.disruptedPods?.[pod.metadata.name] !== undefined) continue;
      left.set(budget, allowed - 1);
      if (allowed <= 0) violating.add(pod);
    }
  }
  return violating;
}
