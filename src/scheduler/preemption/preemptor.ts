import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import { pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Logger } from '../../system/logger.ts';
import type { PreemptionVerdict } from '../messages.ts';
import type { NodeInfo } from '../node-info.ts';
import type { ClusterView } from '../plugin.ts';
import { priorityOf } from '../priority.ts';
import type { Nominations } from './nominations.ts';
import { planPreemption } from './plan.ts';

interface PreemptorOptions {
  readonly client: ApiClient;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly nominations: Nominations;
  readonly budgets: () => readonly PodDisruptionBudget[];
}

/** Makes room for pods that fit nowhere, by ending pods of lower priority. */
export class Preemptor {
  readonly #options: PreemptorOptions;

  constructor(options: PreemptorOptions) {
    this.#options = options;
  }

  /**
   * Looks for room on `nodes`, whose refusal others' leaving could change, and begins to make it. The pod is placed once
   * its victims are gone, by the event of their end.
   */
  consider(pod: Pod, cluster: ClusterView, nodes: readonly NodeInfo[]): PreemptionVerdict {
    const { budgets, nominations } = this.#options;
    if (pod.spec.preemptionPolicy === 'Never') return 'never';
    const nominated = cluster.nodes.find(({ name }) => name === nominations.nodeOf(pod));
    const leaving = nominated?.pods.some((other) => {
      return other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod);
    });
    // Room is being made already: more victims would be too many.
    if (leaving === true) return 'under-way';
    const preemption = planPreemption(pod, cluster, { nodes, budgets: budgets() });
    if (preemption === undefined) {
      nominations.delete(pod.metadata.uid);
      return 'no-victims';
    }
    nominations.set(pod, preemption.node);
    for (const victim of preemption.victims) void this.#end(victim, pod, preemption.node);
    return 'found';
  }

  /** Never throws: a victim that stays is seen by the next attempt. */
  async #end(victim: Pod, pod: Pod, node: string): Promise<void> {
    if (victim.metadata.deletionTimestamp !== undefined) return;
    const { client, logger, recorder } = this.#options;
    const { name, namespace, uid } = victim.metadata;
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${pod.spec.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: now,
    };
    try {
      const body = { metadata: { uid }, status: { conditions: [condition] } };
      await client.patch(pods, { name, namespace }, 'strategic', body, { subresource: 'status' });
      await client.delete(pods, { name, namespace }, { preconditions: { uid } });
      const message = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
      recorder.event(victim, 'Normal', 'Preempted', message, { action: 'Preempting' });
    } catch (err) {
      if (isStatus(err, 'NotFound', 'Conflict')) return;
      logger.warn({ err, key: `${namespace}/${name}` }, 'cannot end a pod to make room for another');
    }
  }
}
