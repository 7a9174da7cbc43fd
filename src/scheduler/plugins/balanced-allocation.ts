import type { NodeInfo } from '../node-info.ts';
import type { Plugin } from '../plugin.ts';
import type { Amounts } from '../resources.ts';
import { podRequests } from '../resources.ts';

/** Prefers nodes whose CPU and memory would be used to about the same degree. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  events: [],
  prepare: (pod) => {
    const requests = podRequests(pod);
    // A pod that asks for nothing moves no balance.
    if ((requests.get('cpu') ?? 0) === 0 && (requests.get('memory') ?? 0) === 0) return {};
    return { score: (nodes) => nodes.map((info) => balance(requests, info)) };
  },
};

function balance(requests: Amounts, info: NodeInfo): number {
  const fraction = (name: string): number => {
    const capacity = info.allocatable.get(name) ?? 0;
    const used = (info.requested.get(name) ?? 0) + (requests.get(name) ?? 0);
    return capacity === 0 ? 0 : Math.min(1, used / capacity);
  };
  return Math.floor((1 - Math.abs(fraction('cpu') - fraction('memory')) / 2) * 100);
}
