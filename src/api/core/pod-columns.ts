import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { Column } from '../kind.ts';
import { ageOf } from '../values/duration.ts';
import type { ContainerState, ContainerStatus } from './pod-status.schema.ts';
import type { Pod } from './pod.schema.ts';

/** What `kubectl get pods` says of a pod in a few words. */
export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

/** The later of two timestamps; RFC 3339 in UTC sorts as text. */
const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

const hasCondition = (pod: Pod, type: string): boolean =>
  (pod.status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

function terminatedReason({ terminated }: ContainerState): string | undefined {
  if (terminated === undefined) return undefined;
  const { reason = '', signal = 0, exitCode } = terminated;
  if (reason !== '') return reason;
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

interface Initialization {
  /** The status while init containers still have to run, or undefined when they are through. */
  readonly status: string | undefined;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
  readonly sidecarRestarts: number;
  readonly lastSidecarRestart: string | undefined;
}

function initStatus(status: ContainerStatus, index: number, total: number): string {
  const { state = {} } = status;
  const terminated = terminatedReason(state);
  if (terminated !== undefined) return `Init:${terminated}`;
  const waiting = state.waiting?.reason ?? '';
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function summarizeInit(pod: Pod, isSidecar: (name: string) => boolean): Initialization {
  const total = (pod.spec.initContainers ?? []).length;
  let [ready, restarts, sidecarRestarts] = [0, 0, 0];
  let lastRestart: string | undefined;
  let lastSidecarRestart: string | undefined;
  let status: string | undefined;
  for (const [index, container] of (pod.status.initContainerStatuses ?? []).entries()) {
    const finishedAt = container.lastState?.terminated?.finishedAt;
    const sidecar = isSidecar(container.name);
    restarts += container.restartCount;
    lastRestart = later(lastRestart, finishedAt);
    if (sidecar) {
      sidecarRestarts += container.restartCount;
      lastSidecarRestart = later(lastSidecarRestart, finishedAt);
    }
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) ready += 1;
      continue;
    }
    status = initStatus(container, index, total);
    break;
  }
  return { status, ready, restarts, lastRestart, sidecarRestarts, lastSidecarRestart };
}

interface Running {
  readonly status: string;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

function summarizeContainers(pod: Pod, before: string): Running {
  let status = before;
  let [ready, restarts] = [0, 0];
  let lastRestart: string | undefined;
  // From the last to the first: the first container that is not running decides.
  for (const container of (pod.status.containerStatuses ?? []).toReversed()) {
    const { state = {} } = container;
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container.lastState?.terminated?.finishedAt);
    const waiting = state.waiting?.reason ?? '';
    const terminated = terminatedReason(state);
    if (waiting !== '') status = waiting;
    else if (terminated !== undefined) status = terminated;
    else if (container.ready && state.running !== undefined) ready += 1;
  }
  if (status === 'Completed' && ready > 0) status = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return { status, ready, restarts, lastRestart };
}

function initialStatus(pod: Pod): string {
  const { phase = '', reason = '', conditions = [] } = pod.status;
  const gated = conditions.some(({ type, reason: why }) => type === 'PodScheduled' && why === 'SchedulingGated');
  if (gated) return 'SchedulingGated';
  return reason === '' ? phase : reason;
}

function finalStatus(pod: Pod, status: string): string {
  const { phase, reason } = pod.status;
  if (pod.metadata.deletionTimestamp === undefined) return status;
  if (reason === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? status : 'Terminating';
}

/** The state of a pod as `kubectl get pods` sums it up. */
export function summarizePod(pod: Pod): PodSummary {
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const total = pod.spec.containers.length + sidecars.size;
  const init = summarizeInit(pod, (name) => sidecars.has(name));
  const initializing = init.status !== undefined;
  if (initializing && !hasCondition(pod, 'Initialized')) {
    const { ready, restarts, lastRestart } = init;
    return { ready, total, status: finalStatus(pod, init.status), restarts, lastRestart };
  }
  const running = summarizeContainers(pod, init.status ?? initialStatus(pod));
  return {
    ready: init.ready + running.ready,
    total,
    status: finalStatus(pod, running.status),
    restarts: init.sidecarRestarts + running.restarts,
    lastRestart: later(init.lastSidecarRestart, running.lastRestart),
  };
}

function restartsCell(pod: Pod, now: number): string {
  const { restarts, lastRestart } = summarizePod(pod);
  return restarts === 0 || lastRestart === undefined ? `${restarts}` : `${restarts} (${ageOf(lastRestart, now)} ago)`;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}

const orNone = (value: string | undefined): string => value || '<none>';

/** The columns of pods. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  textColumn('Ready', (pod) => {
    const { ready, total } = summarizePod(pod);
    return `${ready}/${total}`;
  }),
  textColumn('Status', (pod) => summarizePod(pod).status),
  textColumn('Restarts', restartsCell),
  ageColumn(),
  wideColumn('IP', ({ status }) => orNone(status.podIPs?.[0]?.ip)),
  wideColumn('Node', ({ spec }) => orNone(spec.nodeName)),
  wideColumn('Nominated Node', ({ status }) => orNone(status.nominatedNodeName)),
  wideColumn('Readiness Gates', readinessGates),
];
