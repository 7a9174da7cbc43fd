import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { isReady, isTerminal } from '../pod-state.ts';
import { byAge } from '../time.ts';

const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

export interface PodGarbageState {
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** True for a node that has been missing for so long that it will not come back. */
  readonly vanished: (node: string) => boolean;
  /** How many ended pods may stay; 0 for any number. */
  readonly terminatedThreshold: number;
}

export interface GarbagePod {
  readonly pod: Pod;
  /** Upstream's message of the `DisruptionTarget` condition; undefined for pods that had ended anyway. */
  readonly disruption: string | undefined;
}

/** The pods that nobody else would remove, by upstream's four rules. */
export function reconcile(state: PodGarbageState): readonly GarbagePod[] {
  const found = new Map<string, GarbagePod>();
  const add = (pod: Pod, disruption?: string): void => {
    if (!found.has(pod.metadata.uid)) found.set(pod.metadata.uid, { pod, disruption });
  };
  for (const pod of surplus(state)) add(pod);
  for (const pod of state.pods) {
    const { nodeName = '' } = pod.spec;
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    if (nodeName === '') {
      if (leaving) add(pod);
      continue;
    }
    const node = state.node(nodeName);
    if (node === undefined) {
      if (state.vanished(nodeName)) add(pod, 'PodGC: node no longer exists');
    } else if (leaving && !isReady(pod) && isOutOfService(node)) {
      add(pod, 'PodGC: node out of service');
    }
  }
  return [...found.values()];
}

/** The oldest ended pods above the threshold. */
function surplus({ pods, terminatedThreshold }: PodGarbageState): readonly Pod[] {
  if (terminatedThreshold <= 0) return [];
  const ended = pods.filter((pod) => isTerminal(pod));
  return ended.toSorted(byAge).slice(0, Math.max(0, ended.length - terminatedThreshold));
}

function isOutOfService(node: Node): boolean {
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return !ready && (node.spec.taints ?? []).some(({ key }) => key === outOfServiceTaint);
}
