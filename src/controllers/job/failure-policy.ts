import type { PodFailurePolicy, PodFailurePolicyRule } from '../../api/batch/shared.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { podKey } from '../pod-state.ts';

/** What a failed pod means for its Job. */
export interface Verdict {
  readonly action: PodFailurePolicyRule['action'];
  /** Why, where the Job fails by it. */
  readonly message: string;
}

/** What the first rule that fits says of a failed pod; without one it counts. */
export function judge(policy: PodFailurePolicy | undefined, pod: Pod): Verdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const why = pod.status.phase === 'Failed' ? matchOf(rule, pod) : undefined;
    if (why !== undefined)
      return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${index}` };
  }
  return { action: 'Count', message: '' };
}

function matchOf({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, pod: Pod): string | undefined {
  if (onExitCodes !== undefined) {
    const { containerName, operator, values } = onExitCodes;
    const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
    for (const { name, state } of statuses) {
      const code = state?.terminated?.exitCode;
      if (code === undefined || code === 0 || (containerName !== undefined && containerName !== name)) continue;
      if (values.includes(code) === (operator === 'In')) {
        return `Container ${name} for pod ${podKey(pod)} failed with exit code ${code}`;
      }
    }
    return undefined;
  }
  const found = onPodConditions.find(({ type, status = 'True' }) =>
    pod.status.conditions?.some((condition) => condition.type === type && condition.status === status),
  );
  return found === undefined ? undefined : `Pod ${podKey(pod)} has condition ${found.type}`;
}
