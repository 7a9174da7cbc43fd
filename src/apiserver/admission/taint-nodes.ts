import type { Node } from '../../api/core/node.schema.ts';
import type { AdmissionPlugin } from './types.ts';

const key = 'node.kubernetes.io/not-ready';
const effect = 'NoSchedule';

/** A new node takes no pods until somebody has seen that it is ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate({ verb, kind, subresource, object }) {
    if (verb !== 'create' || subresource !== '' || kind.group !== '' || kind.plural !== 'nodes') return object;
    const node = object as unknown as Node;
    const taints = node.spec.taints ?? [];
    if (taints.some((taint) => taint.key === key && taint.effect === effect)) return object;
    return { ...node, spec: { ...node.spec, taints: [...taints, { key, effect }] } };
  },
};
