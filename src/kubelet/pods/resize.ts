import type { Container, ResourceRequirements } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { tryParseQuantity } from '../../api/values/quantity.ts';
import type { ObservedContainer, ObservedPod } from '../runtime/observed.ts';
import { newestContainer } from '../runtime/observed.ts';
import { admit } from './admission.ts';
import { isSidecar } from './names.ts';
import type { ContainerKill } from './plan.ts';
import type { ConditionVerdict } from './status/conditions.ts';

export type Resources = Pick<ResourceRequirements, 'requests' | 'limits'>;

export interface ResizeInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  /** What a running container was last given; undefined where nobody knows, and its spec is taken for it. */
  readonly actual: (container: ObservedContainer) => Resources | undefined;
  /** The other pods that have a share of the node. */
  readonly others: readonly Pod[];
  readonly allocatable: Readonly<Record<string, string>>;
}

export interface ResizePlan {
  /** Containers to be given what their spec says. */
  readonly updates: readonly { readonly container: Container; readonly id: string }[];
  /** Containers whose policy asks for a restart instead. */
  readonly restarts: readonly ContainerKill[];
  /** Why nothing is done now. */
  readonly pending: ConditionVerdict | undefined;
}

/** What can change while a container runs. */
const resizable = ['cpu', 'memory'] as const;

/** Which resources differ in amount, however it is written. */
function changed(before: Resources, after: Resources): readonly string[] {
  const amount = (list: Resources['limits'], name: string): bigint | undefined => tryParseQuantity(list?.[name])?.nanos;
  return resizable.filter((name) =>
    (['requests', 'limits'] as const).some((kind) => amount(before[kind], name) !== amount(after[kind], name)),
  );
}

/**
 * What to do about resources that changed in the spec of a running pod
 * (https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/). Pure.
 */
export function planResize({ pod, observed, actual, others, allocatable }: ResizeInput): ResizePlan {
  const wanted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].flatMap((container) => {
    const running = newestContainer(observed, container.name);
    if (running?.state !== 'running') return [];
    const before = actual(running) ?? container.resources;
    const resources = changed(before, container.resources);
    return resources.length === 0 ? [] : [{ container, running, resources }];
  });
  if (wanted.length === 0) return { updates: [], restarts: [], pending: undefined };
  const rejection = admit(pod, others, allocatable);
  if (rejection !== undefined) {
    const hopeless = admit(pod, [], allocatable);
    const reason = hopeless === undefined ? 'Deferred' : 'Infeasible';
    const { message } = hopeless ?? rejection;
    return { updates: [], restarts: [], pending: { type: 'PodResizePending', status: 'True', reason, message } };
  }
  const restarts = wanted.filter(({ container, resources }) => resources.some((name) => restartsFor(container, name)));
  return {
    updates: wanted
      .filter((item) => !restarts.includes(item))
      .map(({ container, running }) => ({ container, id: running.id })),
    restarts: restarts.map(({ container, running }) => ({
      container: running,
      reason: 'resize' as const,
      message: `Container ${container.name} resize requires restart`,
    })),
    pending: undefined,
  };
}

function restartsFor({ resizePolicy = [] }: Container, resource: string): boolean {
  return resizePolicy.some(
    ({ resourceName, restartPolicy }) => resourceName === resource && restartPolicy === 'RestartContainer',
  );
}
