import { clusterRoles } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { isSum, reconcile } from './reconcile.ts';

/** Gives ClusterRoles with an aggregationRule the rules of those it picks, until the context's signal is aborted. */
export async function startClusterRoleAggregation(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const roles = informers.of(clusterRoles);
  // Any role may be part of any other: which, each of those decides for itself.
  const changed = (): void => {
    for (const role of roles.list()) if (isSum(role)) queue.add(role.metadata.name);
  };
  roles.addHandlers({ add: changed, update: changed, delete: changed });
  await runController(context, {
    name: 'clusterrole-aggregation-controller',
    queue,
    needs: [roles],
    async reconcile(key) {
      const role = roles.get(key);
      const rules = role === undefined ? undefined : reconcile(role, roles.list());
      if (role === undefined || rules === undefined) return;
      try {
        await client.update(clusterRoles, { ...role, rules });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
    },
  });
}
