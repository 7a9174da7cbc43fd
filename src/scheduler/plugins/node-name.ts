import type { Plugin } from '../plugin.ts';
import { unresolvable } from '../plugin.ts';

/** Keeps a pod that names its node off the others. */
export const nodeName: Plugin = {
  name: 'NodeName',
  weight: 0,
  events: ['node-added'],
  prepare: (pod) => {
    const wanted = pod.spec.nodeName;
    if (wanted === undefined || wanted === '') return {};
    return {
      filter: ({ name }) =>
        name === wanted ? undefined : unresolvable("node(s) didn't match the requested node name"),
    };
  },
};
