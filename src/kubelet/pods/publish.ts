import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodStatus } from '../../api/core/pod-status.schema.ts';
import type { ObservedPod } from '../runtime/observed.ts';
import type { PodContext } from './context.ts';
import { usableSandbox } from './plan.ts';
import type { PodResizer } from './resizer.ts';
import type { WaitingReason } from './status/container-statuses.ts';
import { podStatus } from './status/pod-status.ts';

export interface PublishInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly resizer: PodResizer;
  readonly isTerminal: boolean;
  readonly failure?: { readonly reason: string; readonly message: string } | undefined;
}

/** Tells the probes which containers run, works out the pod's status from what they say, and has it written. */
export function publishStatus(context: PodContext, input: PublishInput): PodStatus {
  const { statuses, probes, node, now } = context;
  const { pod, observed } = input;
  const address = pod.spec.hostNetwork === true ? node.ips[0] : usableSandbox(pod, observed)?.ips[0];
  const containers = observed.containers
    .filter(({ state }) => state === 'running')
    .map(({ id, name, startedAt, createdAt }) => ({ name, containerId: id, startedAt: startedAt ?? createdAt }));
  probes.sync(pod, { address, containers });
  const status = podStatus({
    ...input,
    resources: (container) => input.resizer.given(pod, container),
    resize: input.resizer.conditions,
    previous: statuses.get(pod.metadata.uid) ?? pod.status,
    health: (id) => probes.health(id),
    hostIPs: node.ips,
    now: now(),
  });
  statuses.set(pod, status);
  return status;
}
