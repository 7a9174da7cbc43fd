import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { isActive } from '../pod-state.ts';
import { millis } from '../time.ts';
import { tolerationOf } from '../tolerations.ts';

/**
 * When the pod must leave its node because of `NoExecute` taints, in ms since the epoch: `-Infinity` at once,
 * undefined never. A toleration's time counts from the taint, or from the pod where that is younger, so that it
 * neither starts anew when this process does nor has run out before the pod came.
 */
export function evictionTime(pod: Pod, node: Node | undefined): number | undefined {
  if (node === undefined || !isActive(pod)) return undefined;
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  const times = taints.flatMap((taint) => {
    const toleration = tolerationOf(pod.spec.tolerations, taint);
    if (toleration === undefined) return [-Infinity];
    const { tolerationSeconds } = toleration;
    if (tolerationSeconds === undefined) return [];
    if (tolerationSeconds <= 0) return [-Infinity];
    return [Math.max(millis(taint.timeAdded), millis(pod.metadata.creationTimestamp)) + tolerationSeconds * 1000];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
