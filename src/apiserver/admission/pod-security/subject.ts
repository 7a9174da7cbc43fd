import type { Container, EphemeralContainer } from '../../../api/core/container.schema.ts';
import type { PodSpec } from '../../../api/core/pod-spec.schema.ts';

/** Every container of a pod, in the order in which upstream visits them. */
export function containersOf({
  initContainers = [],
  containers,
  ephemeralContainers = [],
}: PodSpec): readonly (Container | EphemeralContainer)[] {
  return [...initContainers, ...containers, ...ephemeralContainers];
}

/** The names of the containers that a predicate picks. */
export function namesOf(
  spec: PodSpec,
  predicate: (container: Container | EphemeralContainer) => boolean,
): readonly string[] {
  return containersOf(spec)
    .filter(predicate)
    .map(({ name }) => name);
}

/** True for a pod in a user namespace of its own, whose root is nobody on the node. */
export const hasOwnUsers = ({ hostUsers }: PodSpec): boolean => hostUsers === false;

export const isWindows = ({ os }: PodSpec): boolean => os?.name === 'windows';
