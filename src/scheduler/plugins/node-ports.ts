import type { HostPort } from '../node-info.ts';
import { hostPorts } from '../node-info.ts';
import type { Plugin } from '../plugin.ts';
import { rejected } from '../plugin.ts';

/** Keeps two pods from taking the same port of a node. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  weight: 0,
  events: ['node-added', 'pod-deleted'],
  prepare: (pod) => {
    const wanted = hostPorts(pod);
    if (wanted.length === 0) return {};
    return {
      filter: (info) => {
        const taken = info.pods.flatMap((other) => hostPorts(other));
        const clash = wanted.some((port) => taken.some((other) => clashes(port, other)));
        return clash ? rejected("node(s) didn't have free ports for the requested pod ports") : undefined;
      },
    };
  },
};

function clashes(a: HostPort, b: HostPort): boolean {
  const anyAddress = a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
  return a.port === b.port && a.protocol === b.protocol && (anyAddress || a.ip === b.ip);
}
