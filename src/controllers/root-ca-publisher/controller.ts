import type { Namespace } from '../../api/core/namespace.schema.ts';
import { configMaps, namespaces } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { isNamespaceTerminating } from '../pod-writer.ts';
import { reconcile, rootCaConfigMap } from './reconcile.ts';

/** Publishes `rootCa` (PEM) in every namespace; runs until the context's signal is aborted. */
export async function startRootCaPublisher(context: ControllerContext, rootCa: string): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const spaces = informers.of(namespaces);
  const published = informers.of(configMaps, { fieldSelector: `metadata.name=${rootCaConfigMap}` });
  const changed = ({ metadata }: Namespace): void => queue.add(metadata.name);
  spaces.addHandlers({ add: changed, update: changed });
  published.addHandlers({
    update: ({ metadata }) => queue.add(metadata.namespace),
    delete: ({ metadata }) => queue.add(metadata.namespace),
  });
  await runController(context, {
    name: 'root-ca-cert-publisher',
    queue,
    needs: [spaces, published],
    async reconcile(key) {
      const present = published.get(`${key}/${rootCaConfigMap}`);
      const plan = reconcile({ namespace: spaces.get(key), present, rootCa });
      try {
        if (plan.type === 'create') await client.create(configMaps, plan.configMap);
        if (plan.type === 'update') await client.update(configMaps, plan.configMap);
      } catch (error) {
        // Whoever made or removed it meanwhile causes an event, and with it another look.
        if (!isStatus(error, 'AlreadyExists', 'NotFound') && !isNamespaceTerminating(error)) throw error;
      }
    },
  });
}
