import type { Container } from '../../../api/core/container.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { ContainerStatus } from '../../../api/core/pod-status.schema.ts';
import { isSidecar } from '../names.ts';
import { restartsAfterExit } from '../restart.ts';

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
  const regular = containers.map((container) => regularState(pod, container, statusOf(container)));
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
  if (stopped.some(({ restarts }) => restarts)) return 'Running';
  return succeeded ? 'Succeeded' : 'Failed';
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

interface RegularState {
  readonly state: 'running' | 'waiting' | 'stopped' | 'unknown';
  readonly success: boolean;
  readonly restarts: boolean;
}

function regularState(pod: Pod, container: Container, status: ContainerStatus | undefined): RegularState {
  const { state, lastState } = status ?? {};
  const plain = (name: RegularState['state']): RegularState => ({ state: name, success: false, restarts: false });
  if (state?.running !== undefined) return plain('running');
  if (state?.terminated !== undefined) {
    const { exitCode } = state.terminated;
    return { state: 'stopped', success: exitCode === 0, restarts: restartsAfterExit(pod, container, exitCode) };
  }
  if (state?.waiting === undefined) return plain('unknown');
  // It waits to be started again, so it is one that is.
  return lastState?.terminated === undefined ? plain('waiting') : { state: 'stopped', success: false, restarts: true };
}
