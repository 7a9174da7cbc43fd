import type { Pod } from '../api/core/pod.schema.ts';
import type { Service } from '../api/core/service.schema.ts';
import { pods, services } from '../api/resources.ts';
import type { Informer } from '../client/informer.ts';
import { keyOf } from '../client/informer.ts';
import type { WorkQueue } from '../client/work-queue.ts';
import type { InformerSet } from './context.ts';
import { isReady, isTerminal } from './pod-state.ts';
import { includesLabels } from './selector.ts';

/** Services and their pods, found by namespace. */
export interface ServicePods {
  readonly services: Informer<Service>;
  readonly pods: Informer<Pod>;
}

/** The informers of Services and pods, with the indexes that `podsOf` and `watchServicePods` need. */
export function servicePods(informers: InformerSet): ServicePods {
  return {
    services: informers.indexed(services, 'namespace', ({ metadata }) => [metadata.namespace]),
    pods: informers.indexed(pods, 'namespace', ({ metadata }) => [metadata.namespace]),
  };
}

/** True when the Service has its endpoints made from pods. */
export function hasSelector(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;
}

/** The pods that the Service's selector matches, by name. */
export function podsOf(service: Service, caches: ServicePods): readonly Pod[] {
  const selector = service.spec.selector ?? {};
  return caches.pods
    .byIndex('namespace', service.metadata.namespace)
    .filter(({ metadata }) => includesLabels(metadata.labels, selector))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Queues every Service that changes, and every Service whose pods change in a way that endpoints show. */
export function watchServicePods(queue: Pick<WorkQueue, 'add'>, caches: ServicePods): void {
  const enqueue = (service: Service): void => queue.add(keyOf(service));
  caches.services.addHandlers({ add: enqueue, update: enqueue, delete: enqueue });
  const podChanged = (pod: Pod, old?: Pod): void => {
    for (const service of caches.services.byIndex('namespace', pod.metadata.namespace)) {
      if (!hasSelector(service)) continue;
      const selector = service.spec.selector ?? {};
      const now = includesLabels(pod.metadata.labels, selector);
      if (now || (old !== undefined && includesLabels(old.metadata.labels, selector))) enqueue(service);
    }
  };
  caches.pods.addHandlers({
    add: (pod) => podChanged(pod),
    update: (pod, old) => (looksTheSame(pod, old) ? undefined : podChanged(pod, old)),
    delete: (pod) => podChanged(pod),
  });
}

function looksTheSame(pod: Pod, old: Pod): boolean {
  return (
    pod.status.podIP === old.status.podIP &&
    isReady(pod) === isReady(old) &&
    isTerminal(pod) === isTerminal(old) &&
    pod.metadata.deletionTimestamp === old.metadata.deletionTimestamp &&
    pod.spec.nodeName === old.spec.nodeName &&
    sameLabels(pod.metadata.labels, old.metadata.labels)
  );
}

type Labels = Readonly<Record<string, string>> | undefined;

function sameLabels(a: Labels, b: Labels): boolean {
  return a === b || (includesLabels(a, b ?? {}) && includesLabels(b, a ?? {}));
}
