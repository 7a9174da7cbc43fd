import type { ReplicaSet, ReplicaSetStatus } from '../../api/apps/replica-set.schema.ts';
import type {
  ReplicationController,
  ReplicationControllerStatus,
} from '../../api/core/replication-controller.schema.ts';
import type { Informer } from '../../client/informer.ts';

/** A ReplicationController read as a ReplicaSet: they differ in how the selector is written. */
export function asReplicaSet({ metadata, spec, status }: ReplicationController): ReplicaSet {
  const selector = { matchLabels: spec.selector ?? {} };
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { ...spec, selector }, status };
}

/** What a ReplicationController's status has of a ReplicaSet's. */
export function asControllerStatus({
  terminatingReplicas: _terminating,
  ...status
}: ReplicaSetStatus): ReplicationControllerStatus {
  return status;
}

/** An informer on ReplicationControllers that shows each as a ReplicaSet, always the same one. */
export function replicaSetView(informer: Informer<ReplicationController>): Informer<ReplicaSet> {
  const views = new WeakMap<ReplicationController, ReplicaSet>();
  const view = (controller: ReplicationController): ReplicaSet => {
    let replicaSet = views.get(controller);
    if (replicaSet === undefined) views.set(controller, (replicaSet = asReplicaSet(controller)));
    return replicaSet;
  };
  return {
    get: (key) => {
      const controller = informer.get(key);
      return controller === undefined ? undefined : view(controller);
    },
    list: () => informer.list().map(view),
    byIndex: (index, value) => informer.byIndex(index, value).map(view),
    addIndex: (name, values) => informer.addIndex(name, (controller) => values(view(controller))),
    addHandlers: (handlers) =>
      informer.addHandlers({
        add: (controller) => handlers.add?.(view(controller)),
        update: (controller, old) => handlers.update?.(view(controller), view(old)),
        delete: (controller) => handlers.delete?.(view(controller)),
      }),
    synced: informer.synced,
    get hasSynced() {
      return informer.hasSynced;
    },
    start: (signal) => informer.start(signal),
  };
}
