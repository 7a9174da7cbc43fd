import type { Namespace } from '../../api/core/namespace.schema.ts';
import { namespaces, serviceAccounts } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { isNamespaceTerminating } from '../pod-writer.ts';
import { defaultServiceAccount, reconcile } from './reconcile.ts';

/** Sees that every namespace has its `default` ServiceAccount; runs until the context's signal is aborted. */
export async function startServiceAccountController(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const spaces = informers.of(namespaces);
  const accounts = informers.of(serviceAccounts);
  const changed = ({ metadata }: Namespace): void => queue.add(metadata.name);
  spaces.addHandlers({ add: changed, update: changed });
  accounts.addHandlers({
    delete: ({ metadata }) => {
      if (metadata.name === defaultServiceAccount) queue.add(metadata.namespace);
    },
  });
  await runController(context, {
    name: 'service-account-controller',
    queue,
    needs: [spaces, accounts],
    async reconcile(key) {
      const wanted = reconcile(spaces.get(key), accounts.get(`${key}/${defaultServiceAccount}`));
      if (wanted === undefined) return;
      try {
        await client.create(serviceAccounts, wanted);
      } catch (error) {
        if (!isStatus(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
      }
    },
  });
}
