import type { Service } from '../../api/core/service.schema.ts';
import type { IPAddress } from '../../api/networking/ip-address.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { ipAddresses, serviceCidrs, services } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient, ObjectAddress } from '../../client/api-client.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController, splitKey } from '../context.ts';
import type { Repair } from './reconcile.ts';
import { addressOf, repairRecord, repairService } from './reconcile.ts';

/** How soon to look again when the cache has not shown yet what is there. */
const cacheDelayMs = 10;

/**
 * Mends what a crash or a person left of Service addresses: Services without a record, records without a Service.
 * Runs until the context's signal is aborted.
 */
export async function startServiceIpRepair(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const queue = createWorkQueue();
  const serviceView = informers.of(services);
  const records = informers.of(ipAddresses);
  const ranges = informers.of(serviceCidrs);
  const serviceChanged = (object: KubeObject): void => queue.add(`service:${keyOf(object)}`);
  const recordChanged = ({ metadata }: KubeObject): void => queue.add(`record:${metadata.name}`);
  serviceView.addHandlers({
    add: serviceChanged,
    update: serviceChanged,
    delete: (service) => queue.add(`record:${addressOf(service) ?? ''}`),
  });
  records.addHandlers({
    add: recordChanged,
    update: recordChanged,
    delete: ({ spec: { parentRef } }) => queue.add(`service:${parentRef.namespace ?? ''}/${parentRef.name}`),
  });
  ranges.addHandlers({ delete: () => serviceView.list().forEach(serviceChanged) });

  const cidrs = (): readonly string[] => ranges.list().flatMap(({ spec }) => spec.cidrs ?? []);

  const holderOf = (record: IPAddress | undefined): Service | undefined => {
    const { namespace = '', name = '' } = record?.spec.parentRef ?? {};
    return record === undefined ? undefined : serviceView.get(`${namespace}/${name}`);
  };

  const syncService = async (key: string): Promise<ReconcileResult> => {
    const { name, namespace } = splitKey(key);
    let service = serviceView.get(key);
    if (service === undefined) return {};
    const address = addressOf(service) ?? '';
    let record = records.get(address);
    let holder = holderOf(record);
    if (repairService(service, record, cidrs(), holder) === undefined) return {};
    // The record is made before the Service, but the two caches may show them in any order: the server knows.
    service = await read(context.client, services, { name, namespace });
    record = await read(context.client, ipAddresses, { name: address });
    holder = holderOf(record);
    const repair = service === undefined ? undefined : repairService(service, record, cidrs(), holder);
    if (service === undefined || repair === undefined) return {};
    context.record('ipallocator-repair-controller', service, repair.event);
    return carryOut(context.client, repair);
  };

  const syncRecord = async (name: string): Promise<ReconcileResult> => {
    const record = records.get(name);
    if (record === undefined) return {};
    const { namespace, name: parent } = record.spec.parentRef;
    const found = repairRecord(record, serviceView.get(`${namespace}/${parent}`), context.now());
    if (found === undefined) return {};
    if ('requeueAfter' in found) return found;
    const service = await read(context.client, services, { name: parent, namespace });
    const repair = repairRecord(record, service, context.now());
    if (repair === undefined || 'requeueAfter' in repair) return repair ?? {};
    context.record('ipallocator-repair-controller', record, repair.event);
    return carryOut(context.client, repair);
  };

  await runController(context, {
    name: 'ipallocator-repair-controller',
    queue,
    needs: [serviceView, records, ranges],
    reconcile(key) {
      const colon = key.indexOf(':');
      const rest = key.slice(colon + 1);
      return key.startsWith('service:') ? syncService(rest) : syncRecord(rest);
    },
  });
}

async function read<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  address: ObjectAddress,
): Promise<T | undefined> {
  try {
    return await client.get(resource, address);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function carryOut(client: ApiClient, { remove, create }: Repair): Promise<ReconcileResult> {
  try {
    if (remove !== undefined) {
      const { name, uid, resourceVersion } = remove.metadata;
      await client.delete(ipAddresses, { name }, { preconditions: { uid, resourceVersion } });
    }
    if (create !== undefined) await client.create(ipAddresses, create);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists', 'Conflict', 'NotFound')) throw error;
    return { requeueAfter: cacheDelayMs };
  }
  return {};
}
