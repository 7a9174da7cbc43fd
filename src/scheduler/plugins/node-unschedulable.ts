import type { Taint } from '../../api/core/node.schema.ts';
import type { Plugin } from '../plugin.ts';
import { unresolvable } from '../plugin.ts';
import { tolerates } from '../taints.ts';

const cordon: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Keeps pods off cordoned nodes, unless they tolerate that. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  weight: 0,
  events: ['node-added', 'node-updated'],
  prepare: (pod) => {
    if (pod.spec.tolerations?.some((toleration) => tolerates(toleration, cordon))) return {};
    return {
      filter: ({ node }) =>
        node?.spec.unschedulable === true ? unresolvable('node(s) were unschedulable') : undefined,
    };
  },
};
