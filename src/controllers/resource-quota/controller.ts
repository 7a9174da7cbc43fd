import type { ResourceQuota } from '../../api/core/resource-quota.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import { persistentVolumeClaims, pods, resourceQuotas, services } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { Counted } from '../../machinery/quota/usage.ts';
import { usageOf } from '../../machinery/quota/usage.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { Counters } from './counters.ts';
import { kindKey, kindsOf, reconcile } from './reconcile.ts';

/** What was charged and never made, or grew old, is put right so late at the latest: upstream's resync. */
const resyncMs = 5 * 60_000;
/** A charge is looked at again when the object that it was for is sure to be there, or not to come. */
const settleMs = 5000;
/** New objects come in bursts, and have been charged already. */
const burstMs = 500;
/** What is given back is wanted soon; the deletions of one moment are counted together. */
const promptMs = 20;

const namespaceIndex = ({ metadata }: KubeObject): readonly string[] => [metadata.namespace ?? ''];

/** Keeps the status of ResourceQuotas right: limits and usage. Runs until the context's signal is aborted. */
export async function startResourceQuotaController(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const quotas = informers.indexed(resourceQuotas, 'namespace', namespaceIndex);
  // Of these the amounts count: they are watched whole from the start, by others too.
  informers.of(pods);
  informers.of(services);
  informers.of(persistentVolumeClaims);
  const concerned = (kind: Counted, { metadata }: KubeObject): readonly ResourceQuota[] =>
    quotas.byIndex('namespace', metadata.namespace ?? '').filter((quota) => kindsOf(quota).has(kindKey(kind)));
  const counters = new Counters(context, (kind) => ({
    add(object) {
      for (const quota of concerned(kind, object)) queue.addAfter(keyOf(quota), burstMs);
    },
    update(object, old) {
      const affected = concerned(kind, object);
      if (affected.length === 0) return;
      const usage = (of: KubeObject): unknown => [...usageOf(kind, of)].map(([name, { nanos }]) => [name, `${nanos}`]);
      if (semanticEqual(usage(object), usage(old))) return;
      for (const quota of affected) queue.addAfter(keyOf(quota), promptMs);
    },
    delete(object) {
      for (const quota of concerned(kind, object)) queue.addAfter(keyOf(quota), promptMs);
    },
  }));
  const tidy = (): void => void counters.keep(new Set(quotas.list().flatMap((quota) => [...kindsOf(quota).keys()])));
  quotas.addHandlers({
    add: (quota) => queue.add(keyOf(quota)),
    update(quota, old) {
      if (semanticEqual(quota.spec, old.spec)) return queue.addAfter(keyOf(quota), settleMs);
      tidy();
      queue.add(keyOf(quota));
    },
    delete: tidy,
  });
  await runController(context, {
    name: 'resourcequota-controller',
    queue,
    needs: [quotas],
    async reconcile(key) {
      const quota = quotas.get(key);
      if (quota === undefined) return;
      const objects = new Map<string, readonly KubeObject[]>();
      for (const [name, kind] of kindsOf(quota)) {
        const counted = await counters.objects(kind, quota.metadata.namespace);
        if (counted !== undefined) objects.set(name, counted);
      }
      const status = reconcile(quota, objects, context.now());
      try {
        // By the version that was looked at: whoever has been charged meanwhile is not forgotten.
        if (status !== undefined) await client.updateStatus(resourceQuotas, { ...quota, status });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return { requeueAfter: resyncMs };
    },
  });
  await counters.ended();
}
