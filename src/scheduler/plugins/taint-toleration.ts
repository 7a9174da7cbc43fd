import type { Plugin } from '../plugin.ts';
import { normalized, unresolvable } from '../plugin.ts';
import { coversEffect, tolerates, untolerated } from '../taints.ts';

/** Keeps pods off nodes with taints that they do not tolerate; prefers nodes with fewer soft ones. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  events: ['node-added', 'node-updated'],
  prepare: (pod) => {
    const { tolerations = [] } = pod.spec;
    const soft = tolerations.filter((toleration) => coversEffect(toleration, 'PreferNoSchedule'));
    return {
      filter: ({ node }) =>
        untolerated(node?.spec.taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined
          ? undefined
          : unresolvable('node(s) had untolerated taint(s)'),
      score: (nodes) => {
        const disliked = nodes.map(({ node }) => {
          const taints = (node?.spec.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule');
          return taints.filter((taint) => !soft.some((toleration) => tolerates(toleration, taint))).length;
        });
        return normalized(disliked, true);
      },
    };
  },
};
