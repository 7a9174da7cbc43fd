import type { Rejection } from './plugin.ts';

/** Why no node took a pod. */
export interface Diagnosis {
  readonly nodeCount: number;
  /** A reason that holds for all nodes. */
  readonly refusal?: string;
  /** What each node said. */
  readonly rejections: readonly Rejection[];
}

/** Upstream's message for a pod that fits nowhere, e.g. `0/2 nodes are available: 2 Insufficient cpu. preemption: …`. */
export function describe(diagnosis: Diagnosis, preemptionAllowed: boolean): string {
  const { nodeCount, refusal, rejections } = diagnosis;
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const start = `0/${nodeCount} nodes are available:`;
  const why = refusal ?? counted(rejections.flatMap(({ reasons }) => reasons));
  const hopeless = refusal === undefined ? rejections.filter((rejection) => rejection.unresolvable).length : nodeCount;
  const verdicts = [
    ...Array.from({ length: hopeless }, () => 'Preemption is not helpful for scheduling'),
    ...Array.from({ length: nodeCount - hopeless }, () => 'No preemption victims found for incoming pod'),
  ];
  const preemption = preemptionAllowed
    ? `${start} ${counted(verdicts)}.`
    : 'not eligible due to preemptionPolicy=Never.';
  return `${start} ${why}. preemption: ${preemption}`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Array.from(counts, ([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(', ');
}
