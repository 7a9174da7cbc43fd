import type { Node, NodeCondition, Taint } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { isReady } from '../pod-state.ts';
import { readyCondition, unknownConditions } from './health.ts';
import { isEvicting, taintsOf, withTaints } from './taints.ts';

/** A node that is silent for so long is lost. */
export const graceMs = 40_000;
/** A new node that has never posted its status gets longer. */
export const startupGraceMs = 60_000;

export interface NodeState {
  readonly node: Node;
  readonly silenceMs: number;
  /** The pods on the node. */
  readonly pods: readonly Pod[];
  /** In how many ms the node may be made to lose its pods; undefined when it may not be for now. */
  readonly evictionInMs: number | undefined;
  readonly now: number;
}

export interface NodePlan {
  /** The conditions to write, where they change. */
  readonly conditions: readonly NodeCondition[] | undefined;
  /** The taints to write, where they change. */
  readonly taints: readonly Taint[] | undefined;
  /** True when the node begins to lose its pods. */
  readonly beginsEviction: boolean;
  /** Pods that claim to be ready on a node of which nobody knows. */
  readonly unready: readonly Pod[];
  /** True when the node has been lost just now. */
  readonly lost: boolean;
  readonly requeueAfterMs: number | undefined;
}

/** What follows from a node's silence and its conditions; by the rules of upstream's node lifecycle controller. */
export function reconcile(state: NodeState): NodePlan {
  const { node, silenceMs, now } = state;
  const grace = readyCondition(node) === undefined ? startupGraceMs : graceMs;
  const silent = silenceMs >= grace;
  const before = node.status.conditions ?? [];
  const conditions = silent ? unknownConditions(node, now) : before;
  const after: Node = { ...node, status: { ...node.status, conditions } };
  const ready = readyCondition(after);
  const evicting = isEvicting(node);
  const shouldEvict = ready !== undefined && ready.status !== 'True' && state.evictionInMs !== undefined;
  // One that loses its pods already goes on doing so under whichever taint fits.
  const mayEvict = shouldEvict && (evicting || state.evictionInMs === 0);
  const taints = withTaints(node, taintsOf(after, { evict: mayEvict }), now);
  const waits = [silent ? undefined : grace - silenceMs, shouldEvict && !mayEvict ? state.evictionInMs : undefined];
  return {
    conditions: conditions === before ? undefined : conditions,
    taints,
    beginsEviction: mayEvict && !evicting,
    unready: ready?.status === 'Unknown' ? state.pods.filter((pod) => isReady(pod)) : [],
    lost: readyCondition(node)?.status === 'True' && ready?.status !== 'True',
    requeueAfterMs: earliest(waits),
  };
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
