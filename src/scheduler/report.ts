import type { Pod } from '../api/core/pod.schema.ts';
import { pods } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Logger } from '../system/logger.ts';

interface Reporting {
  readonly client: ApiClient;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
}

/** Says in an event and in the PodScheduled condition why the pod has no node. Never throws. */
export async function reportUnschedulable(
  reporting: Reporting,
  pod: Pod,
  /** `nominatedNode` is where room is being made for it. */
  { message, nominatedNode }: { readonly message: string; readonly nominatedNode: string | undefined },
): Promise<void> {
  reporting.recorder.event(pod, 'Warning', 'FailedScheduling', message, { action: 'Scheduling' });
  await writeCondition(reporting, pod, { reason: 'Unschedulable', message, nominatedNode });
}

/** Says that the scheduler itself failed with the pod. Never throws. */
export async function reportFailure(reporting: Reporting, pod: Pod, message: string): Promise<void> {
  reporting.recorder.event(pod, 'Warning', 'FailedScheduling', message, { action: 'Scheduling' });
  await writeCondition(reporting, pod, { reason: 'SchedulerError', message });
}

async function writeCondition(
  { client, logger }: Reporting,
  pod: Pod,
  { reason, message, nominatedNode }: { reason: string; message: string; nominatedNode?: string | undefined },
): Promise<void> {
  const old = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  const sameNode = (pod.status.nominatedNodeName ?? '') === (nominatedNode ?? '');
  if (sameNode && old?.status === 'False' && old.reason === reason && old.message === message) return;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const lastTransitionTime = old?.status === 'False' ? (old.lastTransitionTime ?? now) : now;
  const condition = { type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime };
  const { name, namespace, uid } = pod.metadata;
  const status = { conditions: [condition], ...(sameNode ? {} : { nominatedNodeName: nominatedNode ?? null }) };
  const body = { metadata: { uid }, status };
  try {
    await client.patch(pods, { name, namespace }, 'strategic', body, { subresource: 'status' });
  } catch (err) {
    if (isStatus(err, 'NotFound', 'Conflict')) return;
    logger.warn({ err, key: `${namespace}/${name}` }, 'cannot write why a pod has no node');
  }
}
