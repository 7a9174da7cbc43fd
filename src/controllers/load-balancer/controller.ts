import type { Service } from '../../api/core/service.schema.ts';
import { services } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { heldAddresses, isBalanced, reconcile } from './reconcile.ts';

/** How soon to look again when the cache has not shown yet what is there. */
const cacheDelayMs = 10;

/**
 * Gives Services of type LoadBalancer addresses of `range` and takes them back; runs until the context's signal is
 * aborted. What is held is what Services' status says, so that addresses outlive the process.
 */
export async function startLoadBalancerController(context: ControllerContext, range: string): Promise<void> {
  const queue = createWorkQueue();
  const informer = context.informers.indexed(services, 'type', ({ spec }) => [spec.type ?? '']);
  const parts: Parts = { context, range, services: informer, assigned: new Map(), waiting: new Set() };
  const changed = (service: Service): void => queue.add(keyOf(service));
  const freed = (service: Service): void => {
    if (heldAddresses(service, range).length === 0) return;
    for (const key of parts.waiting) queue.add(key);
  };
  informer.addHandlers({
    add: changed,
    update: (service, old) => {
      if (parts.assigned.get(keyOf(service))?.writtenOver !== service.metadata.resourceVersion) {
        parts.assigned.delete(keyOf(service));
      }
      changed(service);
      freed(old);
    },
    delete: (service) => {
      parts.assigned.delete(keyOf(service));
      parts.waiting.delete(keyOf(service));
      freed(service);
    },
  });
  await runController(context, {
    name: 'service-lb-controller',
    queue,
    needs: [informer],
    // One after the other: two that choose at once would choose the same address.
    workers: 1,
    reconcile: (key) => sync(parts, key),
  });
}

interface Parts {
  readonly context: ControllerContext;
  readonly range: string;
  readonly services: Informer<Service>;
  /** Addresses written that the cache may not show yet, and the revision that they were written over. */
  readonly assigned: Map<string, { readonly address: string; readonly writtenOver: string }>;
  /** Services that would take an address as soon as one is free. */
  readonly waiting: Set<string>;
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const { context, range, assigned, waiting } = parts;
  const service = parts.services.get(key);
  waiting.delete(key);
  if (service === undefined || !isBalanced(service)) return {};
  if (assigned.get(key)?.writtenOver === service.metadata.resourceVersion) return {};
  const plan = reconcile({ service, range, taken: takenByOthers(parts, service) });
  if (plan.waits === true) waiting.add(key);
  if (plan.update !== undefined) {
    const [address] = heldAddresses(plan.update, range);
    const writtenOver = service.metadata.resourceVersion;
    if (address !== undefined) assigned.set(key, { address, writtenOver });
    try {
      await context.client.updateStatus(services, plan.update);
    } catch (error) {
      assigned.delete(key);
      if (isStatus(error, 'Conflict')) return { requeueAfter: cacheDelayMs };
      if (isStatus(error, 'NotFound')) return {};
      throw error;
    }
  }
  if (plan.event !== undefined) context.record('service-controller', service, plan.event);
  return {};
}

/** Of two Services that show one address, after a mistake by hand, the older one holds it. */
function takenByOthers({ services: view, range, assigned }: Parts, service: Service): ReadonlyMap<string, string> {
  const own = keyOf(service);
  const taken = new Map<string, string>();
  for (const other of view.byIndex('type', 'LoadBalancer')) {
    const key = keyOf(other);
    if (key === own) continue;
    for (const address of heldAddresses(other, range)) {
      if (!heldAddresses(service, range).includes(address) || isOlder(other, service)) taken.set(address, key);
    }
  }
  for (const [key, { address }] of assigned) if (key !== own) taken.set(address, key);
  return taken;
}

function isOlder({ metadata: a }: Service, { metadata: b }: Service): boolean {
  const [first, second] = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''];
  return first === second ? (a.uid ?? '') < (b.uid ?? '') : first < second;
}
