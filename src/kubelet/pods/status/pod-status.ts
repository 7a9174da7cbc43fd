import type { Pod } from '../../../api/core/pod.schema.ts';
import type { PodStatus } from '../../../api/core/pod-status.schema.ts';
import { qosClass } from '../../../api/core/qos-class.ts';
import type { ProbedHealth } from '../../probes/types.ts';
import type { ObservedPod } from '../../runtime/observed.ts';
import { usableSandbox } from '../plan.ts';
import type { ConditionVerdict } from './conditions.ts';
import { datedConditions, kubeletConditions, podConditions } from './conditions.ts';
import type { ResourcesOf, WaitingReason } from './container-statuses.ts';
import { containerStatuses, timestamp } from './container-statuses.ts';
import type { PodPhase } from './phase.ts';
import { podPhase } from './phase.ts';

export interface PodStatusInput {
  readonly pod: Pod;
  /** The status last worked out, or the API's where there is none. */
  readonly previous: PodStatus;
  readonly observed: ObservedPod;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly health: (containerId: string) => ProbedHealth;
  /** What a running container was last given; undefined for what its spec says. */
  readonly resources?: ResourcesOf;
  /** What holds up a change of the pod's resources. */
  readonly resize?: readonly ConditionVerdict[];
  readonly hostIPs: readonly string[];
  /** Nothing of the pod will be started again. */
  readonly isTerminal: boolean;
  /** Why the pod has failed as a whole, e.g. `DeadlineExceeded`. */
  readonly failure?: { readonly reason: string; readonly message: string } | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const isFinal = (phase: string | undefined): phase is 'Succeeded' | 'Failed' =>
  phase === 'Succeeded' || phase === 'Failed';

/** A pod's whole status, after upstream's `generateAPIPodStatus`. Pure. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, previous, observed, hostIPs, now } = input;
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  const { waiting, health, isTerminal, resources } = input;
  const common = { pod, observed, waiting, health, isTerminal, ...(resources === undefined ? {} : { resources }) };
  const init = containerStatuses({
    ...common,
    role: 'init',
    containers: initContainers,
    previous: previous.initContainerStatuses ?? [],
  });
  const regular = containerStatuses({
    ...common,
    role: 'regular',
    containers,
    previous: previous.containerStatuses ?? [],
  });
  const ephemeral = containerStatuses({
    ...common,
    role: 'ephemeral',
    containers: ephemeralContainers,
    previous: previous.ephemeralContainerStatuses ?? [],
  });
  const statuses = [...init, ...regular];
  const phase = phaseOf(input, podPhase({ pod, statuses, isTerminal: input.isTerminal }));
  const why = input.failure ?? (phase === previous.phase ? previous : {});
  const foreign = (pod.status.conditions ?? []).filter(({ type }) => !kubeletConditions.has(type));
  const sandbox = usableSandbox(pod, observed);
  const own = podConditions({ pod, phase, statuses, sandboxReady: sandbox !== undefined, foreign });
  const verdicts = [...own, ...(input.resize ?? [])];
  const { generation } = pod.metadata;
  const conditions = datedConditions(verdicts, [...(previous.conditions ?? []), ...(pod.status.conditions ?? [])], {
    now: timestamp(now),
    generation,
  });
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: [...foreign, ...conditions],
    ...(why.message === undefined || why.message === '' ? {} : { message: why.message }),
    ...(why.reason === undefined || why.reason === '' ? {} : { reason: why.reason }),
    ...addresses(addressesOf(input), hostIPs),
    startTime: previous.startTime ?? timestamp(now),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: regular,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status.qosClass ?? qosClass(pod.spec),
  };
}

/** A pod that has ended never comes back to life. */
function phaseOf({ pod, previous, failure }: PodStatusInput, phase: PodPhase): PodPhase {
  if (failure !== undefined) return 'Failed';
  if (isFinal(phase)) return phase;
  if (isFinal(previous.phase)) return previous.phase;
  return isFinal(pod.status.phase) ? pod.status.phase : phase;
}

function addressesOf({ pod, observed, previous, hostIPs, isTerminal }: PodStatusInput): readonly string[] {
  if (pod.spec.hostNetwork === true) return hostIPs;
  const ips = usableSandbox(pod, observed)?.ips ?? [];
  // The address of a pod that has ended stays on record, though another may have it by now.
  if (ips.length === 0 && (isTerminal || isFinal(previous.phase))) return (previous.podIPs ?? []).map(({ ip }) => ip);
  return ips;
}

function addresses(podIPs: readonly string[], hostIPs: readonly string[]): Partial<PodStatus> {
  const [podIP] = podIPs;
  const [hostIP] = hostIPs;
  return {
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: hostIPs.map((ip) => ({ ip })) }),
    ...(podIP === undefined ? {} : { podIP, podIPs: podIPs.map((ip) => ({ ip })) }),
  };
}
