import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { namespaces, pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { deleteContent } from './content.ts';
import { isToBeEmptied, nextLookMs, reconcile } from './reconcile.ts';

interface Parts {
  readonly context: ControllerContext;
  readonly namespaces: Informer<Namespace>;
  /** How often each namespace on its way out has been looked at. */
  readonly looks: Map<string, number>;
}

/** Empties namespaces that are being deleted, and then lets them go; runs until the context's signal is aborted. */
export async function startNamespaceController(context: ControllerContext): Promise<void> {
  const queue = createWorkQueue();
  const inNamespace = context.informers.indexed(pods, 'namespace', ({ metadata }) => [metadata.namespace]);
  const parts: Parts = { context, namespaces: context.informers.of(namespaces), looks: new Map() };
  const changed = (namespace: Namespace): void => {
    if (isToBeEmptied(namespace)) queue.add(namespace.metadata.name);
  };
  parts.namespaces.addHandlers({
    add: changed,
    // The echo of this controller's own status writes is no reason to look again.
    update: (namespace, old) => (isToBeEmptied(old) ? undefined : changed(namespace)),
    delete: ({ metadata }) => parts.looks.delete(metadata.name),
  });
  inNamespace.addHandlers({
    delete({ metadata }: Pod) {
      const namespace = parts.namespaces.get(metadata.namespace);
      if (namespace !== undefined && inNamespace.byIndex('namespace', metadata.namespace).length === 0) {
        changed(namespace);
      }
    },
  });
  await runController(context, {
    name: 'namespace-controller',
    queue,
    needs: [parts.namespaces],
    workers: 10,
    reconcile: (key) => sync(parts, key),
  });
}

async function sync({ context, namespaces: cache, looks }: Parts, key: string): Promise<ReconcileResult> {
  const { client, discovery } = context;
  const cached = cache.get(key);
  if (cached === undefined || !isToBeEmptied(cached)) return {};
  const report = await deleteContent(client, await discovery.served(), key);
  try {
    const latest = await client.get(namespaces, { name: key });
    if (!isToBeEmptied(latest) || latest.metadata.uid !== cached.metadata.uid) return {};
    const plan = reconcile(latest, report, context.now());
    let current = latest;
    if (plan.conditions !== undefined) {
      const status = { ...current.status, conditions: plan.conditions };
      current = await client.updateStatus(namespaces, { ...current, status });
    }
    if (plan.finalizers !== undefined) {
      const spec = { ...current.spec, finalizers: plan.finalizers };
      await client.update(namespaces, { ...current, spec }, { subresource: 'finalize' });
      return {};
    }
  } catch (error) {
    if (isStatus(error, 'NotFound')) return {};
    throw error;
  }
  const look = looks.get(key) ?? 0;
  looks.set(key, look + 1);
  return { requeueAfter: nextLookMs(look) };
}
