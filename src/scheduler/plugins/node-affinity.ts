import { matchesNodeSelector, matchesNodeTerm } from '../../machinery/node-selector.ts';
import type { NodeInfo } from '../node-info.ts';
import type { Plugin } from '../plugin.ts';
import { normalized, unresolvable } from '../plugin.ts';

const reason = "node(s) didn't match Pod's node affinity/selector";

/** Places pods by `nodeSelector` and node affinity. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  events: ['node-added', 'node-updated'],
  prepare: (pod) => {
    const wanted = Object.entries(pod.spec.nodeSelector ?? {});
    const affinity = pod.spec.affinity?.nodeAffinity;
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const fits = ({ node, labels }: NodeInfo): boolean =>
      node !== undefined &&
      wanted.every(([key, value]) => labels[key] === value) &&
      (required === undefined || matchesNodeSelector(required, node));
    return {
      ...(wanted.length === 0 && required === undefined
        ? {}
        : { filter: (info: NodeInfo) => (fits(info) ? undefined : unresolvable(reason)) }),
      ...(preferred.length === 0
        ? {}
        : {
            score: (nodes: readonly NodeInfo[]) => {
              const weights = nodes.map(({ node }) =>
                preferred.reduce((sum, { weight, preference }) => {
                  return node !== undefined && matchesNodeTerm(preference, node) ? sum + weight : sum;
                }, 0),
              );
              return normalized(weights);
            },
          }),
    };
  },
};
