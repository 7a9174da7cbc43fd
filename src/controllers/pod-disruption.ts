import type { Pod } from '../api/core/pod.schema.ts';
import { pods } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { ApiClient } from '../client/api-client.ts';
import { isTerminal } from './pod-state.ts';
import { timestamp } from './time.ts';

export interface Disruption {
  readonly reason: string;
  readonly message: string;
  /** Ends the pod in the API's eyes, since no kubelet is left that would. */
  readonly fail?: boolean;
  /** Left out: as the pod's spec says. */
  readonly gracePeriodSeconds?: number;
  readonly now: number;
}

/** Says in the pod's status who takes it away (`DisruptionTarget`), then deletes it; false when it was gone already. */
export async function disruptPod(client: ApiClient, pod: Pod, disruption: Disruption): Promise<boolean> {
  const { reason, message, fail = false, gracePeriodSeconds, now } = disruption;
  const { name, namespace, uid } = pod.metadata;
  const condition = { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime: timestamp(now) };
  const said = pod.status.conditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  const fails = fail && !isTerminal(pod);
  try {
    if (said !== true || fails) {
      const status = { ...(fails ? { phase: 'Failed' } : {}), ...(said === true ? {} : { conditions: [condition] }) };
      await client.patch(
        pods,
        { name, namespace },
        'strategic',
        { metadata: { uid }, status },
        { subresource: 'status' },
      );
    }
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    await client.delete(pods, { name, namespace }, { preconditions: { uid }, ...grace });
    return true;
  } catch (error) {
    if (isStatus(error, 'NotFound', 'Conflict')) return false;
    throw error;
  }
}
