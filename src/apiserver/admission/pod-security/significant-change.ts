import type { Pod } from '../../../api/core/pod.schema.ts';
import { containersOf } from './subject.ts';

const podProfile = 'seccomp.security.alpha.kubernetes.io/pod';
const containerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

/** True when a pod's change can matter to the standards: another image, another profile, a container more. */
export function isSignificant(pod: Pod, old: Pod): boolean {
  const annotation = (of: Pod, key: string): string => of.metadata.annotations?.[key] ?? '';
  if (annotation(pod, podProfile) !== annotation(old, podProfile)) return true;
  const before = new Map(containersOf(old.spec).map((container) => [container.name, container]));
  const now = containersOf(pod.spec);
  if (now.length !== before.size) return true;
  return now.some(({ name, image }) => {
    const present = before.get(name);
    const key = containerPrefix + name;
    return present === undefined || present.image !== image || annotation(pod, key) !== annotation(old, key);
  });
}
