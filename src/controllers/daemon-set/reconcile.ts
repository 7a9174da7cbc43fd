import type { DaemonSet, DaemonSetStatus } from '../../api/apps/daemon-set.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { revisionHashLabel } from '../controller-revisions.ts';
import { resolveCount } from '../int-or-percent.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { isAvailable, isReady, podKey } from '../pod-state.ts';
import { byAge } from '../time.ts';
import { placementOn, targetNode } from './placement.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 250;

export interface DaemonSetState {
  readonly daemonSet: DaemonSet;
  readonly nodes: readonly Node[];
  /** The pods that it manages. */
  readonly pods: readonly Pod[];
  /** The hash of its present template. */
  readonly hash: string;
  /** False for a node whose pod has failed so often that the next must wait. */
  readonly mayReplaceFailed: (node: string) => boolean;
  readonly now: number;
}

export interface DaemonPlan {
  /** The nodes that are to get a pod. */
  readonly create: readonly string[];
  readonly delete: readonly Pod[];
  readonly events: readonly PlannedEvent[];
}

/** Everything that the rules below look at, worked out once. */
class Fleet {
  readonly state: DaemonSetState;
  /** By node; nodes that are gone included, and nodes that want a pod and have none. */
  readonly pods = new Map<string, Pod[]>();
  readonly wanting: ReadonlySet<string>;

  constructor(state: DaemonSetState) {
    this.state = state;
    const { nodes, daemonSet, pods } = state;
    this.wanting = new Set(
      nodes.filter((node) => placementOn(node, daemonSet).run).map(({ metadata }) => metadata.name),
    );
    for (const pod of pods.toSorted(byAge)) {
      const node = targetNode(pod);
      if (node !== undefined) this.on(node).push(pod);
    }
  }

  on(node: string): Pod[] {
    let found = this.pods.get(node);
    if (found === undefined) this.pods.set(node, (found = []));
    return found;
  }

  get maxSurge(): number {
    const { type, rollingUpdate } = this.state.daemonSet.spec.updateStrategy;
    return type === 'OnDelete' ? 0 : resolveCount(rollingUpdate?.maxSurge ?? 0, this.wanting.size, 'up');
  }

  get maxUnavailable(): number {
    const { rollingUpdate } = this.state.daemonSet.spec.updateStrategy;
    const count = resolveCount(rollingUpdate?.maxUnavailable ?? 1, this.wanting.size, 'up');
    // With both at 0 nothing could ever move: percentages may come to that.
    return count === 0 && this.maxSurge === 0 ? 1 : count;
  }

  isUpdated(pod: Pod): boolean {
    return pod.metadata.labels?.[revisionHashLabel] === this.state.hash;
  }

  isAvailable(pod: Pod): boolean {
    return isAvailable(pod, this.state.daemonSet.spec.minReadySeconds ?? 0, this.state.now);
  }
}

/** The pods to create and to delete, by upstream's rules: one pod a node first, and then the update. */
export function planPods(state: DaemonSetState): DaemonPlan {
  if (state.daemonSet.metadata.deletionTimestamp !== undefined) return { create: [], delete: [], events: [] };
  const fleet = new Fleet(state);
  const managed = manage(fleet);
  const { type } = state.daemonSet.spec.updateStrategy;
  // One after the other, as the update counts on what it sees.
  const idle = managed.create.length === 0 && managed.delete.length === 0;
  const plan = idle && type !== 'OnDelete' ? update(fleet) : managed;
  return { ...plan, create: plan.create.slice(0, burst), delete: plan.delete.slice(0, burst) };
}

function manage(fleet: Fleet): DaemonPlan {
  const { state } = fleet;
  const create: string[] = [];
  const doomed: Pod[] = [];
  const events: PlannedEvent[] = [];
  for (const node of state.nodes) {
    const { name } = node.metadata;
    const { run, stay } = placementOn(node, state.daemonSet);
    const present = fleet.pods.get(name) ?? [];
    if (present.length === 0) {
      if (run) create.push(name);
      continue;
    }
    const lasting = present.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (!stay) {
      doomed.push(...lasting);
      continue;
    }
    for (const pod of lasting) {
      const event = endEvent(pod, name);
      if (event === undefined || (event.type === 'Warning' && !state.mayReplaceFailed(name))) continue;
      events.push(event);
      doomed.push(pod);
    }
    const running = lasting.filter((pod) => !doomed.includes(pod));
    doomed.push(...surplus(fleet, running));
    if (fleet.maxSurge > 0 && running.length === 0 && run) create.push(name);
  }
  return { create, delete: doomed, events };
}

function endEvent(pod: Pod, node: string): PlannedEvent | undefined {
  if (pod.status.phase === 'Failed') {
    const message = `Found failed daemon pod ${podKey(pod)} on node ${node}, will try to kill it`;
    return { type: 'Warning', reason: 'FailedDaemonPod', message };
  }
  if (pod.status.phase !== 'Succeeded') return undefined;
  const message = `Found succeeded daemon pod ${podKey(pod)} on node ${node}, will try to delete it`;
  return { type: 'Normal', reason: 'SucceededDaemonPod', message };
}

/** All pods of a node but the oldest; in an update with surge also but the one that takes its place. */
function surplus(fleet: Fleet, running: readonly Pod[]): readonly Pod[] {
  if (running.length <= 1) return [];
  if (fleet.maxSurge === 0) return running.slice(1);
  const newest = running.find((pod) => fleet.isUpdated(pod));
  const old = running.find((pod) => !fleet.isUpdated(pod));
  // The old pod stays only while it serves and the new one does not.
  const keepsOld = old !== undefined && newest !== undefined && isReady(old) && !fleet.isAvailable(newest);
  const kept = newest === undefined ? [old] : keepsOld ? [newest, old] : [newest];
  return running.filter((pod) => !kept.includes(pod));
}

interface Pair {
  readonly node: string;
  readonly updated: Pod | undefined;
  readonly old: Pod | undefined;
}

/** The pods of each node that stay; undefined in place of a pair when there are too many to tell. */
function pairs(fleet: Fleet): readonly (Pair | undefined)[] {
  const names = new Set([...fleet.pods.keys(), ...fleet.wanting]);
  return [...names].map((node) => {
    const lasting = (fleet.pods.get(node) ?? []).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const updated = lasting.filter((pod) => fleet.isUpdated(pod));
    const old = lasting.filter((pod) => !fleet.isUpdated(pod));
    return updated.length > 1 || old.length > 1 ? undefined : { node, updated: updated[0], old: old[0] };
  });
}

function update(fleet: Fleet): DaemonPlan {
  return fleet.maxSurge === 0 ? replaceInPlace(fleet) : replaceBeside(fleet);
}

/** Deletes old pods as far as enough nodes stay served; `manage` then makes new ones there. */
function replaceInPlace(fleet: Fleet): DaemonPlan {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const pair of pairs(fleet)) {
    const alone = pair === undefined ? undefined : (pair.updated ?? pair.old);
    const both = pair?.updated !== undefined && pair.old !== undefined;
    if (alone === undefined || both) unavailable++;
    else if (pair?.updated !== undefined) unavailable += fleet.isAvailable(alone) ? 0 : 1;
    else (fleet.isAvailable(alone) ? candidates : broken).push(alone);
  }
  const room = Math.max(0, fleet.maxUnavailable - unavailable);
  // A pod that serves nobody costs nothing.
  return { create: [], delete: [...broken, ...candidates.slice(0, room)], events: [] };
}

/** Makes new pods beside old ones, and deletes each old one once its successor is available. */
function replaceBeside(fleet: Fleet): DaemonPlan {
  let surging = 0;
  const needy: string[] = [];
  const candidates: string[] = [];
  const doomed: Pod[] = [];
  for (const pair of pairs(fleet)) {
    if (pair === undefined) surging++;
    else if (pair.old === undefined) continue;
    else if (pair.updated === undefined) (fleet.isAvailable(pair.old) ? candidates : needy).push(pair.node);
    else if (fleet.isAvailable(pair.updated)) doomed.push(pair.old);
    else surging++;
  }
  const room = Math.max(0, fleet.maxSurge - surging);
  return { create: [...needy, ...candidates.slice(0, room)], delete: doomed, events: [] };
}

/** What the nodes and their pods add up to. */
export function statusOf(state: DaemonSetState): DaemonSetStatus {
  const fleet = new Fleet(state);
  let misscheduled = 0;
  const served: Pod[] = [];
  for (const { metadata } of state.nodes) {
    const [oldest] = fleet.pods.get(metadata.name) ?? [];
    if (!fleet.wanting.has(metadata.name)) misscheduled += oldest === undefined ? 0 : 1;
    else if (oldest !== undefined) served.push(oldest);
  }
  const desired = fleet.wanting.size;
  const ready = served.filter((pod) => isReady(pod));
  const available = ready.filter((pod) => fleet.isAvailable(pod)).length;
  const { conditions, collisionCount } = state.daemonSet.status;
  return {
    currentNumberScheduled: served.length,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready.length,
    observedGeneration: state.daemonSet.metadata.generation,
    updatedNumberScheduled: unlessZero(served.filter((pod) => fleet.isUpdated(pod)).length),
    numberAvailable: unlessZero(available),
    numberUnavailable: unlessZero(desired - available),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

// Upstream's JSON leaves these fields out when they are 0.
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}
