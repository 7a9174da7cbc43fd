import type { Pod } from '../../api/core/pod.schema.ts';
import type { ContainerStatus } from '../../api/core/pod-status.schema.ts';
import { runtimeErrorText } from '../cri/errors.ts';
import { linuxResources } from '../runtime/container-config.ts';
import type { ObservedContainer, ObservedPod } from '../runtime/observed.ts';
import { podCgroupResources } from '../runtime/resources.ts';
import { podCgroup } from '../runtime/sandbox-config.ts';
import type { PodContext } from './context.ts';
import type { Resources, ResizePlan } from './resize.ts';
import { planResize } from './resize.ts';
import type { ConditionVerdict } from './status/conditions.ts';

/** Gives a pod's running containers what their spec has come to say. */
export class PodResizer {
  readonly #context: PodContext;
  /** What each container was last given, by its id; for those that an earlier kubelet started the pod's status tells. */
  readonly #given = new Map<string, Resources>();
  #pending: ConditionVerdict | undefined;
  #failed: ConditionVerdict | undefined;
  /** Something was decided that containers do not have yet. */
  #inProgress = false;

  constructor(context: PodContext) {
    this.#context = context;
  }

  /** What holds up a change of the pod's resources, as conditions of its status. */
  get conditions(): readonly ConditionVerdict[] {
    const inProgress = this.#inProgress ? { type: 'PodResizeInProgress', status: 'True' as const } : undefined;
    return [this.#pending, this.#failed ?? inProgress].filter((condition) => condition !== undefined);
  }

  /** What a running container has been given. */
  given(pod: Pod, container: Pick<ObservedContainer, 'id' | 'name'>): Resources | undefined {
    const known = this.#given.get(container.id);
    if (known !== undefined) return known;
    const { initContainerStatuses = [], containerStatuses = [] } =
      this.#context.statuses.get(pod.metadata.uid) ?? pod.status;
    const all: readonly ContainerStatus[] = [...initContainerStatuses, ...containerStatuses];
    return all.find(({ containerID }) => containerID === `containerd://${container.id}`)?.resources;
  }

  /** A container was started with the resources of its spec. */
  started(id: string, resources: Resources): void {
    this.#given.set(id, resources);
  }

  /** Decides; the conditions tell what cannot be done. */
  plan(pod: Pod, observed: ObservedPod): ResizePlan {
    const live = new Set(observed.containers.map(({ id }) => id));
    for (const id of this.#given.keys()) if (!live.has(id)) this.#given.delete(id);
    const plan = planResize({
      pod,
      observed,
      actual: (container) => this.given(pod, container),
      others: this.#context.neighbours(pod.metadata.uid),
      allocatable: this.#context.node.allocatable(),
    });
    this.#pending = plan.pending;
    this.#inProgress = plan.updates.length + plan.restarts.length > 0;
    if (plan.updates.length === 0) this.#failed = undefined;
    return plan;
  }

  /** Changes running containers; how many changed. */
  async apply(subject: Pod, { updates }: ResizePlan): Promise<number> {
    const { cgroups, node, runtime } = this.#context;
    const cgroup = podCgroup(node.cgroupParent, subject.metadata.uid);
    let done = 0;
    try {
      const pod = podCgroupResources(subject);
      // No container may have more than its pod, and no pod less than its containers: meanwhile the pod has no limit.
      if (updates.length > 0) await cgroups.ensure(cgroup, { ...pod, cpuQuota: 0n, memoryLimit: 0n });
      for (const { container, id } of updates) {
        await runtime.updateContainerResources({ containerId: id, linux: linuxResources(subject, container, node) });
        this.#given.set(id, container.resources);
        done += 1;
      }
      if (updates.length > 0) await cgroups.ensure(cgroup, pod);
      this.#failed = undefined;
      this.#inProgress = false;
    } catch (error) {
      const message = runtimeErrorText(error);
      this.#failed = { type: 'PodResizeInProgress', status: 'True', reason: 'Error', message };
    }
    return done;
  }
}
