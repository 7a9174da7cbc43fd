import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ContainerStatus } from '../../api/core/pod-status.schema.ts';
import { containersOf } from './names.ts';

/**
 * Whether a container of the pod's main list runs again after it ended with `exitCode`: by its own rules, its own policy,
 * or its pod's (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
 */
export function restartsAfterExit(pod: Pod, container: Container, exitCode: number): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    if (action !== 'Restart' || exitCodes === undefined) continue;
    const listed = (exitCodes.values ?? []).includes(exitCode);
    if (exitCodes.operator === 'In' ? listed : !listed) return true;
  }
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** How often a container that the runtime has lost track of was started before, as the pod's status tells. */
export function earlierStarts(pod: Pod, container: string): number {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status;
  const all: readonly ContainerStatus[] = [
    ...initContainerStatuses,
    ...containerStatuses,
    ...ephemeralContainerStatuses,
  ];
  const status = all.find(({ name }) => name === container);
  const ran = status?.state?.running ?? status?.state?.terminated ?? status?.lastState?.terminated;
  return status === undefined || (ran === undefined && status.containerID === undefined) ? 0 : status.restartCount + 1;
}

/** A container of the pod's spec by name. */
export function containerNamed(pod: Pod, name: string): Container | undefined {
  return containersOf(pod).find(({ container }) => container.name === name)?.container;
}
