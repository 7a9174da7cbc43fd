import type { Pod } from '../../../api/core/pod.schema.ts';
import { reasonsOf, violationsOf } from './evaluate.ts';
import type { LevelVersion } from './policy.ts';
import { nameOf } from './policy.ts';
import { podSubject } from './templates.ts';

/** A change of a label must not take longer than this, however many pods there are. */
const podLimit = 3000;
const timeLimitMs = 1000;

/** Pods of different controllers first: the others of one are most likely like the first. */
function differentFirst(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>();
  const first: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    const isKnown = owner !== undefined && seen.has(owner);
    if (owner !== undefined) seen.add(owner);
    (isKnown ? others : first).push(pod);
  }
  return [...first, ...others];
}

const countedName = (names: readonly string[]): string => {
  const name = names.toSorted()[0] ?? '';
  const others = names.length - 1;
  if (others === 0) return name;
  return `${name} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
};

/** What there is to say of a namespace's pods when it gets a new level to enforce; they go on running. */
export function warningsFor(
  pods: readonly Pod[],
  namespace: string,
  enforce: LevelVersion,
  now: () => number = () => performance.now(),
): readonly string[] {
  const deadline = now() + timeLimitMs;
  const byReason = new Map<string, string[]>();
  let checked = 0;
  for (const pod of differentFirst(pods)) {
    if (checked === podLimit || (checked > 0 && now() > deadline)) break;
    checked += 1;
    const reasons = reasonsOf(violationsOf(podSubject(pod), enforce));
    if (reasons === '') continue;
    const names = byReason.get(reasons);
    if (names === undefined) byReason.set(reasons, [pod.metadata.name]);
    else names.push(pod.metadata.name);
  }
  const partly = `new PodSecurity enforce level only checked against the first ${checked} of ${pods.length} existing pods`;
  const violated = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(nameOf(enforce))}`;
  return [
    ...(checked < pods.length ? [partly] : []),
    ...(byReason.size > 0 ? [violated] : []),
    ...[...byReason].map(([reasons, names]) => `${countedName(names)}: ${reasons}`).toSorted(),
  ];
}
