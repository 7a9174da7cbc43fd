import type { Container, ContainerStatus, PodSandbox, PodSandboxStatus } from '../cri/generated/cri_pb.ts';
import { ContainerState, NamespaceMode, PodSandboxState } from '../cri/generated/cri_pb.ts';
import { annotations, labels } from '../pods/names.ts';
import type { ObservedContainer, ObservedSandbox } from './observed.ts';

/** CRI's nanoseconds since 1970 as milliseconds; it says 0 for "not yet". */
export function milliseconds(nanoseconds: bigint): number | undefined {
  return nanoseconds <= 0n ? undefined : Number(nanoseconds / 1_000_000n);
}

const containerStates: Readonly<Record<number, ObservedContainer['state']>> = {
  [ContainerState.CONTAINER_CREATED]: 'created',
  [ContainerState.CONTAINER_RUNNING]: 'running',
  [ContainerState.CONTAINER_EXITED]: 'exited',
};

/** The state of a container in the words of the plan. */
export function containerState(state: ContainerState): ObservedContainer['state'] {
  return containerStates[state] ?? 'unknown';
}

/** A sandbox from its entry in a list and its status; the status is missing when it vanished in between. */
export function observedSandbox(listed: PodSandbox, status: PodSandboxStatus | undefined): ObservedSandbox {
  const hostNetwork = status?.linux?.namespaces?.options?.network === NamespaceMode.NODE;
  const ips = [status?.network?.ip ?? '', ...(status?.network?.additionalIps ?? []).map(({ ip }) => ip)];
  return {
    id: listed.id,
    attempt: listed.metadata?.attempt ?? 0,
    ready: status !== undefined && listed.state === PodSandboxState.SANDBOX_READY,
    createdAt: milliseconds(listed.createdAt) ?? 0,
    ips: hostNetwork ? [] : ips.filter((ip) => ip !== ''),
    hostNetwork,
  };
}

/** A container from its entry in a list and its status. `message` is what it left behind when it ended. */
export function observedContainer(listed: Container, status: ContainerStatus, message: string): ObservedContainer {
  const grace = Number(listed.annotations[annotations.terminationGracePeriod] ?? Number.NaN);
  const restartCount = Number(listed.annotations[annotations.restartCount] ?? 0);
  return {
    id: listed.id,
    sandboxId: listed.podSandboxId,
    name: listed.labels[labels.containerName] ?? listed.metadata?.name ?? '',
    state: containerState(status.state),
    createdAt: milliseconds(status.createdAt) ?? 0,
    startedAt: milliseconds(status.startedAt),
    finishedAt: milliseconds(status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message,
    image: status.image?.image ?? '',
    imageRef: status.imageRef,
    hash: listed.annotations[annotations.hash] ?? '',
    restartCount: Number.isInteger(restartCount) ? restartCount : 0,
    logPath: status.logPath,
    terminationGracePeriodSeconds: Number.isInteger(grace) ? grace : undefined,
  };
}

/** Newest first; of equal times the later attempt. */
export function newestFirst<T extends { readonly createdAt: number }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => b.createdAt - a.createdAt);
}
