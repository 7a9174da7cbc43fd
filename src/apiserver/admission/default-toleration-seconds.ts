import type { Toleration } from '../../api/core/scheduling.schema.ts';
import { writtenPod, withSpec } from './pod-creation.ts';
import type { AdmissionPlugin } from './types.ts';

const seconds = 300;
const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

function tolerates({ key = '', operator, effect }: Toleration, wanted: string): boolean {
  const forKey = key === wanted || (key === '' && operator === 'Exists');
  return forKey && (effect === undefined || effect === 'NoExecute');
}

/** A pod stays on a node that fails for five minutes, unless it says how long itself; a change cannot take that away. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(request) {
    const pod = writtenPod(request);
    if (pod === undefined) return request.object;
    const { tolerations = [] } = pod.spec;
    const missing = keys.filter((key) => !tolerations.some((toleration) => tolerates(toleration, key)));
    const added = missing.map((key): Toleration => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: seconds,
    }));
    return added.length === 0 ? request.object : withSpec(pod, { tolerations: [...tolerations, ...added] });
  },
};
