import type { Container, ResourceRequirements } from '../../../api/core/container.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { ContainerState, ContainerStatus } from '../../../api/core/pod-status.schema.ts';
import type { ObservedContainer, ObservedPod } from '../../runtime/observed.ts';
import type { ProbedHealth } from '../../probes/types.ts';
import type { ContainerRole } from '../names.ts';
import { isSidecar } from '../names.ts';

/** Why a container that ought to run does not. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusesInput {
  readonly pod: Pod;
  readonly role: ContainerRole;
  readonly containers: readonly Container[];
  readonly observed: ObservedPod;
  readonly previous: readonly ContainerStatus[];
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly health: (containerId: string) => ProbedHealth;
  /** Nothing will be started again. */
  readonly isTerminal: boolean;
  readonly resources?: ResourcesOf;
}

/** What a running container was last given; undefined for what its spec says. */
export type ResourcesOf = (
  container: ObservedContainer,
) => Pick<ResourceRequirements, 'requests' | 'limits'> | undefined;

/** A time of the API from milliseconds since 1970; whole seconds. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The statuses of one list of a pod's containers, in the spec's order. */
export function containerStatuses(input: ContainerStatusesInput): readonly ContainerStatus[] {
  return input.containers.map((container) => readiness(input, container, containerStatus(input, container)));
}

function containerStatus(input: ContainerStatusesInput, container: Container): ContainerStatus {
  const { observed, previous, isTerminal } = input;
  const old = previous.find(({ name }) => name === container.name);
  const [current, last] = observed.containers.filter(({ name }) => name === container.name);
  if (current === undefined) return isTerminal ? ended(input, container, old) : unseen(input, container, old);
  const before = last === undefined ? old?.lastState : stateOf(last);
  const status: ContainerStatus = {
    name: container.name,
    state: stateOf(current),
    ...(before === undefined || (last === undefined && current.restartCount === 0) ? {} : { lastState: before }),
    ready: false,
    restartCount: current.restartCount,
    image: current.image,
    imageID: current.imageRef,
    containerID: `containerd://${current.id}`,
    ...declared(
      container,
      current.state === 'running' ? (input.resources?.(current) ?? container.resources) : undefined,
    ),
  };
  const reason = input.waiting.get(container.name);
  if (reason === undefined || isTerminal || current.state === 'running') return status;
  // It is to be started again and cannot be yet: how it ended becomes its last state.
  const lastState = status.state?.terminated === undefined ? status.lastState : status.state;
  return { ...status, state: { waiting: reason }, ...(lastState === undefined ? {} : { lastState }) };
}

/** What the spec alone says: mounts, and resources while they are in force. */
function declared(container: Container, given: ReturnType<ResourcesOf>): Partial<ContainerStatus> {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly === true ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
  }));
  const { requests, limits } = given ?? {};
  return {
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
    ...(given !== undefined
      ? { resources: { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) } }
      : {}),
    ...(requests !== undefined ? { allocatedResources: requests } : {}),
  };
}

function blank(container: Container, state: ContainerState, old: ContainerStatus | undefined): ContainerStatus {
  return {
    name: container.name,
    state,
    ...(old?.lastState === undefined ? {} : { lastState: old.lastState }),
    ready: false,
    restartCount: old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    ...declared(container, undefined),
  };
}

/** A container that the runtime does not know: not made yet, or lost. */
function unseen(
  input: ContainerStatusesInput,
  container: Container,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { pod, role } = input;
  const initializing = role !== 'ephemeral' && (pod.spec.initContainers ?? []).length > 0;
  const reason = input.waiting.get(container.name) ?? {
    reason: initializing ? 'PodInitializing' : 'ContainerCreating',
  };
  if (old?.state?.terminated !== undefined) {
    // Nothing says that it will come again: what is known of its end stands.
    if (input.waiting.get(container.name) === undefined) return old;
    return { ...blank(container, { waiting: reason }, old), lastState: old.state };
  }
  const status = blank(container, { waiting: reason }, old);
  if (old?.state?.running === undefined) return status;
  // It ran when last heard of and left no trace: without an end the pod would look as if it had never begun.
  return {
    ...status,
    lastState: {
      terminated: lost(
        'The container could not be located when the pod was deleted.  The container used to be Running',
      ),
    },
    restartCount: pod.metadata.deletionTimestamp === undefined ? old.restartCount + 1 : old.restartCount,
  };
}

/** A container without trace in a pod that has ended. */
function ended(input: ContainerStatusesInput, container: Container, old: ContainerStatus | undefined): ContainerStatus {
  if (old?.state?.terminated !== undefined) return old;
  if (old?.state?.running === undefined) return unseen(input, container, old);
  return {
    ...old,
    ready: false,
    state: { terminated: lost('The container could not be located when the pod was terminated') },
  };
}

function lost(message: string): NonNullable<ContainerState['terminated']> {
  return { exitCode: 137, reason: 'ContainerStatusUnknown', message };
}

/** The state of a container as the API shows it. */
export function stateOf(container: ObservedContainer): ContainerState {
  switch (container.state) {
    case 'running':
      return { running: { startedAt: timestamp(container.startedAt ?? container.createdAt) } };
    case 'exited':
      return {
        terminated: {
          exitCode: container.exitCode,
          reason: container.reason,
          ...(container.message === '' ? {} : { message: container.message }),
          startedAt: timestamp(container.startedAt ?? 0),
          finishedAt: timestamp(container.finishedAt ?? container.createdAt),
          containerID: `containerd://${container.id}`,
        },
      };
    default:
      return { waiting: {} };
  }
}

/** Fills in `started` and `ready` from what the probes say. */
function readiness(input: ContainerStatusesInput, container: Container, status: ContainerStatus): ContainerStatus {
  if (input.role === 'ephemeral') return status;
  const id = status.containerID?.replace('containerd://', '');
  const running = status.state?.running !== undefined && id !== undefined;
  const old = input.previous.find(({ containerID }) => containerID !== undefined && containerID === status.containerID);
  const verdict = running ? input.health(id) : undefined;
  // After a restart of the kubelet the probes know nothing yet: what they said before still holds.
  const kept = (said: ProbedHealth['startup'] | undefined, probe: unknown, before: boolean | undefined): boolean =>
    probe === undefined ? true : said === 'unknown' ? before === true : said === 'success';
  const started = running && kept(verdict?.startup, container.startupProbe, old?.started);
  if (input.role === 'init' && !isSidecar(container)) {
    return { ...status, started, ready: status.state?.terminated?.exitCode === 0 };
  }
  return { ...status, started, ready: started && kept(verdict?.readiness, container.readinessProbe, old?.ready) };
}
