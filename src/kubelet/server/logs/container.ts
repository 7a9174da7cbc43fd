import type { ContainerStatus } from '../../../api/core/pod-status.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';

/** The status of a container of any kind, by name. */
export function containerStatus(pod: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status;
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return all.find((status) => status.name === name);
}

/** True when the pod's spec has a container, of any kind, of this name. */
export function hasContainer(pod: Pod, name: string): boolean {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers].some((container) => container.name === name);
}

/** A container's id as the runtime knows it: without `containerd://`. */
export function runtimeId(id: string): string {
  return id.replace(/^[a-z0-9.-]+:\/\//, '');
}

const waitingWords: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

export type LoggedContainer = { readonly id: string } | { readonly unavailable: string };

/**
 * Whose log is meant by a container's name: that of the running container, else of the last one that ended. Worded as
 * upstream words it where there is none.
 */
export function loggedContainer(pod: Pod, name: string, previous: boolean): LoggedContainer {
  const inPod = `container ${JSON.stringify(name)} in pod ${JSON.stringify(pod.metadata.name)}`;
  const status = containerStatus(pod, name);
  if (status === undefined) return { unavailable: `${inPod} is not available` };
  const { running, terminated, waiting } = status.state ?? {};
  const last = status.lastState?.terminated?.containerID ?? '';
  const found = (id: string, otherwise: string): LoggedContainer =>
    id === '' ? { unavailable: `${inPod} ${otherwise}` } : { id: runtimeId(id) };
  if (previous) {
    return last === '' ? { unavailable: `previous terminated ${inPod} not found` } : { id: runtimeId(last) };
  }
  if (running !== undefined) return found(status.containerID ?? '', 'is waiting to start - no logs yet');
  if (terminated !== undefined) return found(terminated.containerID || last, 'is terminated');
  if (status.lastState?.terminated !== undefined) return found(last, 'is terminated');
  if (waiting === undefined) return { unavailable: `${inPod} is waiting to start - no logs yet` };
  const reason = waiting.reason ?? '';
  return { unavailable: `${inPod} is waiting to start: ${waitingWords[reason] ?? reason}` };
}
