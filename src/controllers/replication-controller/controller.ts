import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { Resource } from '../../api/resources.ts';
import { pods, replicationControllers } from '../../api/resources.ts';
import type { ControllerContext } from '../context.ts';
import { controllerUidIndex, orphanIndex } from '../owner.ts';
import { keepReplicas } from '../replica-set/controller.ts';
import { asControllerStatus, replicaSetView } from './as-replica-set.ts';

/** Keeps as many pods of every ReplicationController as its spec asks for; runs until the context's signal is aborted. */
export async function startReplicationController(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  informers.indexed(pods, 'orphan', orphanIndex);
  const controllers = informers.indexed(replicationControllers, 'namespace', ({ metadata }) => [metadata.namespace]);
  await keepReplicas(context, {
    component: 'replication-controller',
    // Its objects are read as ReplicaSets, and nothing but their metadata is asked of the server.
    resource: replicationControllers as unknown as Resource<ReplicaSet>,
    owners: replicaSetView(controllers),
    pods: informers.indexed(pods, 'controller', controllerUidIndex),
    writeStatus: async ({ metadata }, status) => {
      const { name, namespace } = metadata;
      const current = controllers.get(`${namespace}/${name}`);
      if (current === undefined) return;
      await client.updateStatus(replicationControllers, { ...current, metadata, status: asControllerStatus(status) });
    },
  });
}
