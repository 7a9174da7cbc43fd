import type { Rejection } from './plugin.ts';

/** Why no node took a pod. */
export interface Diagnosis {
  readonly nodeCount: number;
  /** A reason that holds for all nodes. */
  readonly refusal?: string;
  /** What each node said. */
  readonly rejections: readonly Rejection[];
}

/**
 * What came of the search for pods whose end would make room:
 * - `found`: room is being made
 * - `no-victims`: nothing to be gained
 * - `never`: the pod does not want it
 * - `under-way`: its earlier victims are still leaving
 */
export type PreemptionVerdict = 'found' | 'no-victims' | 'never' | 'under-way';

/** Upstream's message for a pod that fits nowhere, e.g. `0/2 nodes are available: 2 Insufficient cpu. preemption: …`. */
export function describe(diagnosis: Diagnosis, preemption: PreemptionVerdict): string {
  const { nodeCount, refusal, rejections } = diagnosis;
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const start = `0/${nodeCount} nodes are available:`;
  const why = refusal ?? counted(rejections.flatMap(({ reasons }) => reasons));
  switch (preemption) {
    case 'found':
      return `${start} ${why}.`;
    case 'never':
      return `${start} ${why}. preemption: not eligible due to preemptionPolicy=Never.`;
    case 'under-way':
      return `${start} ${why}. preemption: not eligible due to a terminating pod on the nominated node.`;
    case 'no-victims':
      return `${start} ${why}. preemption: ${start} ${verdicts(diagnosis)}.`;
  }
}

function verdicts({ nodeCount, refusal, rejections }: Diagnosis): string {
  const hopeless = refusal === undefined ? rejections.filter((rejection) => rejection.unresolvable).length : nodeCount;
  return counted([
    ...Array.from({ length: hopeless }, () => 'Preemption is not helpful for scheduling'),
    ...Array.from({ length: nodeCount - hopeless }, () => 'No preemption victims found for incoming pod'),
  ]);
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Array.from(counts, ([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(', ');
}
