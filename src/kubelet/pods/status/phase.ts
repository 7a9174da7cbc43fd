import type { Container } from '../../../api/core/container.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { ContainerStatus } from '../../../api/core/pod-status.schema.ts';
import { isSidecar } from '../names.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface PhaseInput {
  readonly pod: Pod;
  /** Of init and regular containers. */
  readonly statuses: readonly ContainerStatus[];
  /** Nothing of the pod will be started again. */
  readonly isTerminal: boolean;
}

/**
 * A pod's phase from the states of its containers, after upstream's `getPhase`
 * (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase).
 */
export function podPhase({ pod, statuses, isTerminal }: PhaseInput): PodPhase {
  const { restartPolicy = 'Always', initContainers = [], containers } = pod.spec;
  const statusOf = ({ name }: Container): ContainerStatus | undefined =>
    statuses.find((status) => status.name === name);
  const init = initContainers
    .filter((container) => !isSidecar(container))
    .map((container) => initState(statusOf(container)));
  const sidecars = initContainers.filter(isSidecar).map((container) => sidecarState(statusOf(container)));
  const regular = containers.map((container) => regularState(statusOf(container)));
  if (init.includes('failed') && restartPolicy === 'Never') return 'Failed';
  const all = [...sidecars.map(({ state }) => state), ...regular.map(({ state }) => state)];
  const initialized = containers.some((container) => hasStarted(statusOf(container)));
  const sidecarPending = sidecars.some(({ pending }) => pending) && !initialized;
  if (init.includes('pending') || sidecarPending || all.includes('waiting')) return 'Pending';
  if (all.includes('unknown')) return 'Pending';
  if (all.includes('running')) return 'Running';
  const stopped = regular.filter(({ state }) => state === 'stopped');
  if (stopped.length === 0) return 'Pending';
  const succeeded = stopped.every(({ success }) => success);
  if (isTerminal) return succeeded ? 'Succeeded' : 'Failed';
  if (restartPolicy === 'Always') return 'Running';
  if (succeeded) return 'Succeeded';
  return restartPolicy === 'Never' ? 'Failed' : 'Running';
}

/** Whether a container runs or has run. */
export function hasStarted(status: ContainerStatus | undefined): boolean {
  return (
    status?.state?.running !== undefined ||
    status?.state?.terminated !== undefined ||
    status?.lastState?.terminated !== undefined
  );
}

function initState(status: ContainerStatus | undefined): 'pending' | 'failed' | 'done' {
  const ended =
    status?.state?.terminated ?? (status?.state?.waiting === undefined ? undefined : status.lastState?.terminated);
  if (ended === undefined) return 'pending';
  if (ended.exitCode !== 0) return 'failed';
  return status?.state?.terminated === undefined ? 'pending' : 'done';
}

/** A sidecar that has ended does not count: it comes again, or the pod has ended. */
function sidecarState(status: ContainerStatus | undefined): {
  state: 'running' | 'waiting' | 'ended' | 'unknown';
  pending: boolean;
} {
  if (status?.state === undefined) return { state: 'unknown', pending: true };
  if (status.state.running !== undefined) return { state: 'running', pending: status.started !== true };
  if (status.state.terminated !== undefined || status.lastState?.terminated !== undefined)
    return { state: 'ended', pending: false };
  return status.state.waiting === undefined ? { state: 'unknown', pending: true } : { state: 'waiting', pending: true };
}

function regularState(status: ContainerStatus | undefined): {
  state: 'running' | 'waiting' | 'stopped' | 'unknown';
  success: boolean;
} {
  const { state, lastState } = status ?? {};
  if (state?.running !== undefined) return { state: 'running', success: false };
  if (state?.terminated !== undefined) return { state: 'stopped', success: state.terminated.exitCode === 0 };
  if (state?.waiting === undefined) return { state: 'unknown', success: false };
  return { state: lastState?.terminated === undefined ? 'waiting' : 'stopped', success: false };
}
