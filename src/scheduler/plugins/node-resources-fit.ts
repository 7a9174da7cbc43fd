import type { NodeInfo } from '../node-info.ts';
import type { Plugin } from '../plugin.ts';
import { rejected, unresolvable } from '../plugin.ts';
import type { Amounts } from '../resources.ts';
import { podRequests, podScoringRequests } from '../resources.ts';

const scored = ['cpu', 'memory'] as const;
// Sums of decimal fractions may be off by a rounding error.
const tolerance = 1e-6;

/** Lets a pod onto a node only if what it asks for is free there; prefers nodes with more left. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  events: ['node-added', 'node-updated', 'pod-deleted', 'pod-updated'],
  prepare: (pod) => {
    const requests = podRequests(pod);
    const scoring = podScoringRequests(pod);
    return {
      filter: (info) => {
        const reasons = shortages(requests, info);
        if (reasons.length === 0) return undefined;
        // What the node never has, no pod that leaves it can give back.
        return neverFits(requests, info) ? unresolvable(...reasons) : rejected(...reasons);
      },
      score: (nodes) => nodes.map((info) => leastAllocated(scoring, info)),
    };
  },
};

function shortages(requests: Amounts, info: NodeInfo): readonly string[] {
  const reasons: string[] = [];
  if (info.podCount + 1 > (info.allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [name, amount] of requests) {
    const free = (info.allocatable.get(name) ?? 0) - (info.requested.get(name) ?? 0);
    if (amount > 0 && amount > free + tolerance) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

function neverFits(requests: Amounts, info: NodeInfo): boolean {
  return [...requests].some(([name, amount]) => amount > 0 && amount > (info.allocatable.get(name) ?? 0) + tolerance);
}

function leastAllocated(scoring: Amounts, info: NodeInfo): number {
  const scores = scored.flatMap((name) => {
    const capacity = info.allocatable.get(name) ?? 0;
    if (capacity === 0) return [];
    const used = (info.scoringRequested.get(name) ?? 0) + (scoring.get(name) ?? 0);
    return [used > capacity ? 0 : ((capacity - used) * 100) / capacity];
  });
  return scores.length === 0 ? 0 : Math.floor(scores.reduce((sum, score) => sum + score, 0) / scores.length);
}
