import { createHash } from 'node:crypto';
import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';

/** The labels by which the kubelet finds its sandboxes and containers again; tools like crictl read them too. */
export const labels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

/** What a container must remember beyond the life of the kubelet that made it. */
export const annotations = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  terminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  /** The host's file behind the termination message path. */
  terminationLog: 'coxswain.dev/termination-log',
} as const;

/** A pod in log lines and messages, as upstream's `format.Pod` writes it. */
export function formatPod(pod: Pick<Pod, 'metadata'>): string {
  const { name, namespace, uid } = pod.metadata;
  return `${name}_${namespace}(${uid})`;
}

/** What makes a running container differ from its spec: upstream looks at name and image alone. */
export function containerHash(container: Pick<Container, 'name' | 'image'>): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 8);
}

/** True for an init container that runs beside the pod's main containers. */
export function isSidecar(container: Pick<Container, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

export type ContainerRole = 'init' | 'regular' | 'ephemeral';

/** All containers of a pod's spec with their role, in the order in which they start. */
export function containersOf(pod: Pod): readonly { readonly role: ContainerRole; readonly container: Container }[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  return [
    ...initContainers.map((container) => ({ role: 'init' as const, container })),
    ...containers.map((container) => ({ role: 'regular' as const, container })),
    ...ephemeralContainers.map((container) => ({ role: 'ephemeral' as const, container })),
  ];
}

/** A container's place in its pod as events name it, e.g. `spec.containers{web}`. */
export function fieldPath(pod: Pod, name: string): string | undefined {
  const found = containersOf(pod).find(({ container }) => container.name === name);
  if (found === undefined) return undefined;
  const list = { init: 'initContainers', regular: 'containers', ephemeral: 'ephemeralContainers' }[found.role];
  return `spec.${list}{${name}}`;
}
