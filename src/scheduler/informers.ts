import type { ReplicaSet } from '../api/apps/replica-set.schema.ts';
import type { StatefulSet } from '../api/apps/stateful-set.schema.ts';
import type { Namespace } from '../api/core/namespace.schema.ts';
import type { Node } from '../api/core/node.schema.ts';
import type { PersistentVolumeClaim } from '../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../api/core/persistent-volume.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import type { Service } from '../api/core/service.schema.ts';
import type { LabelSelector } from '../api/meta/meta.schema.ts';
import type { PodDisruptionBudget } from '../api/policy/pod-disruption-budget.schema.ts';
import type { StorageClass } from '../api/storage/storage-class.schema.ts';
import {
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  services,
  statefulSets,
  storageClasses,
} from '../api/resources.ts';
import type { Informer } from '../client/informer.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { SchedulerCache } from './cache.ts';
import type { ClusterView } from './plugin.ts';

/** What the scheduler watches. */
export interface SchedulerInformers {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly services: Informer<Service>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly storageClasses: Informer<StorageClass>;
  readonly budgets: Informer<PodDisruptionBudget>;
}

/** Views on the shared informers. */
export function schedulerInformers(factory: InformerFactory): SchedulerInformers {
  const informers: SchedulerInformers = {
    pods: factory.informer(pods),
    nodes: factory.informer(nodes),
    namespaces: factory.informer(namespaces),
    services: factory.informer(services),
    replicaSets: factory.informer(replicaSets),
    statefulSets: factory.informer(statefulSets),
    claims: factory.informer(persistentVolumeClaims),
    volumes: factory.informer(persistentVolumes),
    storageClasses: factory.informer(storageClasses),
    budgets: factory.informer(podDisruptionBudgets),
  };
  informers.services.addIndex('namespace', ({ metadata }) => [metadata.namespace]);
  return informers;
}

/** What plugins see: the cache's nodes, and the informers' objects. */
export function clusterView(cache: SchedulerCache, informers: SchedulerInformers): ClusterView {
  return {
    get nodes() {
      return cache.nodes;
    },
    claim: (namespace, name) => informers.claims.get(`${namespace}/${name}`),
    volume: (name) => informers.volumes.get(name),
    volumes: () => informers.volumes.list(),
    storageClass: (name) => informers.storageClasses.get(name),
    namespaceLabels: (namespace) => informers.namespaces.get(namespace)?.metadata.labels ?? {},
    spreadingSelectors: (pod) => spreadingSelectors(pod, informers),
  };
}

function spreadingSelectors(pod: Pod, informers: SchedulerInformers): readonly LabelSelector[] {
  const { namespace, labels = {}, ownerReferences = [] } = pod.metadata;
  const selectors: LabelSelector[] = [];
  for (const { spec } of informers.services.byIndex('namespace', namespace)) {
    const pairs = Object.entries(spec.selector ?? {});
    if (pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value)) {
      selectors.push({ matchLabels: spec.selector });
    }
  }
  const owner = ownerReferences.find(({ controller }) => controller === true);
  const key = `${namespace}/${owner?.name}`;
  if (owner?.kind === 'ReplicaSet') selectors.push(...selectorOf(informers.replicaSets.get(key)));
  if (owner?.kind === 'StatefulSet') selectors.push(...selectorOf(informers.statefulSets.get(key)));
  return selectors;
}

function selectorOf(owner: ReplicaSet | StatefulSet | undefined): readonly LabelSelector[] {
  return owner === undefined ? [] : [owner.spec.selector];
}
