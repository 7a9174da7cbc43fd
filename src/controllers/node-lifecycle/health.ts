import type { Node, NodeCondition } from '../../api/core/node.schema.ts';
import { timestamp } from '../time.ts';

/** What a kubelet says of its node; without the kubelet nobody knows. */
const kubeletConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The node's Ready condition, if it has one. */
export function readyCondition(node: Node): NodeCondition | undefined {
  return node.status.conditions?.find(({ type }) => type === 'Ready');
}

/** The conditions of a node of which nothing has been heard for too long; the present ones where they say so already. */
export function unknownConditions(node: Node, now: number): readonly NodeCondition[] {
  const present = node.status.conditions ?? [];
  const lastTransitionTime = timestamp(now);
  const changed = present.map((condition) => {
    if (!kubeletConditions.includes(condition.type) || condition.status === 'Unknown') return condition;
    const reason = 'NodeStatusUnknown';
    return {
      ...condition,
      status: 'Unknown',
      reason,
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime,
    };
  });
  const missing = kubeletConditions.filter((type) => !present.some((condition) => condition.type === type));
  const added = missing.map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime,
  }));
  const same = added.length === 0 && changed.every((condition, index) => condition === present[index]);
  return same ? present : [...changed, ...added];
}
