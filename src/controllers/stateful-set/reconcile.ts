import type { StatefulSet, StatefulSetStatus } from '../../api/apps/stateful-set.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { isAvailable, isReady, isTerminal } from '../pod-state.ts';
import type { Version } from './identity.ts';
import { claimsOf, ordinalOf, ordinalsOf, podName, relabelled, revisionOf, statefulPod } from './identity.ts';
import { isStale, retained } from './retention.ts';

export interface StatefulSetState {
  readonly set: StatefulSet;
  /** The pods that it manages. */
  readonly pods: readonly Pod[];
  readonly claim: (name: string) => PersistentVolumeClaim | undefined;
  /** The version from which the set is being updated, and the one of its present template. */
  readonly current: Version;
  readonly update: Version;
  readonly now: number;
}

export interface StatefulSetPlan {
  readonly createClaims: readonly { readonly claim: Unsaved<PersistentVolumeClaim>; readonly pod: string }[];
  /** Claims whose owners change, by the retention policy. */
  readonly updateClaims: readonly PersistentVolumeClaim[];
  readonly create: readonly Unsaved<Pod>[];
  readonly relabel: readonly Pod[];
  readonly delete: readonly Pod[];
}

/** One slot of the sequence: what is there, and what is planned for it. */
interface Slot {
  readonly ordinal: number;
  readonly pod: Pod | undefined;
}

class Planner {
  readonly createClaims: { claim: Unsaved<PersistentVolumeClaim>; pod: string }[] = [];
  readonly updateClaims: PersistentVolumeClaim[] = [];
  readonly create: Unsaved<Pod>[] = [];
  readonly relabel: Pod[] = [];
  readonly delete: Pod[] = [];
  readonly state: StatefulSetState;

  constructor(state: StatefulSetState) {
    this.state = state;
  }

  /** Pods come and go one by one, each waiting for the one before. */
  get ordered(): boolean {
    return this.state.set.spec.podManagementPolicy !== 'Parallel';
  }

  isAvailable(pod: Pod | undefined): pod is Pod {
    const { set, now } = this.state;
    if (pod === undefined || pod.status.phase !== 'Running' || pod.metadata.deletionTimestamp !== undefined)
      return false;
    return isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  }

  /** Sees that the claims of an ordinal are there; false when one of them is still on its way out. */
  ensureClaims(ordinal: number): boolean {
    const { set, claim } = this.state;
    const pod = podName(set, ordinal);
    const wanted = [...claimsOf(set, ordinal).values()];
    const present = wanted.map(({ metadata }) => claim(metadata.name ?? ''));
    if (present.some((found) => found !== undefined && isStale(found, pod))) return false;
    this.createClaims.push(
      ...wanted.filter((_, index) => present[index] === undefined).map((each) => ({ claim: each, pod })),
    );
    return true;
  }

  retain(ordinal: number, pod: Pod, condemned: boolean): void {
    const { set, claim } = this.state;
    for (const { metadata } of claimsOf(set, ordinal).values()) {
      const present = claim(metadata.name ?? '');
      const next = present === undefined ? undefined : retained(present, { set, pod, condemned });
      if (next !== undefined) this.updateClaims.push(next);
    }
  }
}

/** The next step of a StatefulSet towards its spec, by the rules of upstream's controller. */
export function planPods(state: StatefulSetState): StatefulSetPlan {
  const planner = new Planner(state);
  const { set } = state;
  if (set.metadata.deletionTimestamp !== undefined) return planner;
  const byOrdinal = new Map(state.pods.map((pod) => [ordinalOf(set, pod), pod]));
  const slots = ordinalsOf(set).map((ordinal): Slot => ({ ordinal, pod: byOrdinal.get(ordinal) }));
  const wanted = new Set(slots.map(({ ordinal }) => ordinal));
  const condemned = [...byOrdinal]
    .flatMap(([ordinal, pod]) => (ordinal === undefined || wanted.has(ordinal) ? [] : [{ ordinal, pod }]))
    .toSorted((a, b) => b.ordinal - a.ordinal);
  // Each of these steps goes before the next: an update must not go on while pods are missing or too many.
  if (fill(planner, slots) && shrink(planner, condemned, slots)) roll(planner, slots);
  return planner;
}

/** Creates what is missing; false when something must be waited for. */
function fill(planner: Planner, slots: readonly Slot[]): boolean {
  let blocked = false;
  for (const slot of slots) {
    if (fillSlot(planner, slot)) continue;
    if (planner.ordered) return false;
    blocked ||= slot.pod !== undefined && isTerminal(slot.pod);
  }
  return !blocked;
}

/** True when the slot's pod is as it must be for its successor to be looked at. */
function fillSlot(planner: Planner, { ordinal, pod }: Slot): boolean {
  const { set } = planner.state;
  if (pod === undefined) {
    if (planner.ensureClaims(ordinal))
      planner.create.push(statefulPod(set, ordinal, versionFor(planner.state, ordinal)));
    return false;
  }
  // However it ended: the set's pods are to run, and the next of the name can only come when this one is gone.
  if (isTerminal(pod)) {
    if (pod.metadata.deletionTimestamp === undefined) planner.delete.push(pod);
    return false;
  }
  if (pod.status.phase === 'Pending') planner.ensureClaims(ordinal);
  const labelled = relabelled(set, pod, ordinal);
  if (labelled !== undefined) planner.relabel.push(labelled);
  planner.retain(ordinal, pod, false);
  return planner.isAvailable(pod);
}

/** The version of a pod that is to be created: below the partition the current one. */
function versionFor({ set, current, update }: StatefulSetState, ordinal: number): Version {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  const first = (set.spec.ordinals?.start ?? 0) + (rollingUpdate?.partition ?? 0);
  return type !== 'OnDelete' && ordinal < first ? current : update;
}

/** Takes away what is too many, the highest ordinal first; true when there was nothing. */
function shrink(
  planner: Planner,
  condemned: readonly (Slot & { readonly pod: Pod })[],
  slots: readonly Slot[],
): boolean {
  const all = [...slots.map(({ pod }) => pod), ...condemned.toReversed().map(({ pod }) => pod)];
  const firstUnavailable = all.find((pod) => !planner.isAvailable(pod));
  for (const { ordinal, pod } of condemned) {
    planner.retain(ordinal, pod, true);
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    if (!planner.ordered) {
      if (!leaving) planner.delete.push(pod);
      continue;
    }
    // Only a pod that is broken itself may go while another is, so that no two are missing at a time.
    if (!leaving && (planner.isAvailable(pod) || pod === firstUnavailable)) planner.delete.push(pod);
    return false;
  }
  return condemned.length === 0;
}

/** Replaces the highest pod of an earlier version, once all above it serve again. */
function roll(planner: Planner, slots: readonly Slot[]): void {
  const { set, update } = planner.state;
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type === 'OnDelete') return;
  for (const { pod } of slots.slice(rollingUpdate?.partition ?? 0).toReversed()) {
    if (pod !== undefined && revisionOf(pod) !== update.name && pod.metadata.deletionTimestamp === undefined) {
      planner.delete.push(pod);
      return;
    }
    if (!planner.isAvailable(pod)) return;
  }
}

/** What the set's pods add up to. */
export function statusOf({ set, pods, current, update, now }: StatefulSetState): StatefulSetStatus {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const ready = pods.filter((pod) => pod.status.phase === 'Running' && isReady(pod));
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ofVersion = ({ name }: Version): number => staying.filter((pod) => revisionOf(pod) === name).length;
  const updated = ofVersion(update);
  const { replicas: wanted = 1, updateStrategy } = set.spec;
  const complete =
    updateStrategy.type !== 'OnDelete' && [updated, ready.length, pods.length].every((n) => n === wanted);
  const { conditions, collisionCount } = set.status;
  return {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: unlessZero(ready.length),
    currentReplicas: unlessZero(complete ? updated : ofVersion(current)),
    updatedReplicas: unlessZero(updated),
    currentRevision: complete ? update.name : current.name,
    updateRevision: update.name,
    collisionCount: collisionCount ?? 0,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    ...(conditions === undefined ? {} : { conditions }),
  };
}

// Upstream's JSON leaves these fields out when they are 0.
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}
