import type { Service } from '../../api/core/service.schema.ts';
import type { IPAddress } from '../../api/networking/ip-address.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { isIPv4 } from 'node:net';
import { inRanges } from '../../system/ipv4.ts';
import type { PlannedEvent } from '../planned-event.ts';

const managedBy = 'ipaddress.kubernetes.io/managed-by';
const allocator = 'ipallocator.k8s.io';

/** A record without its Service may be of one that is just being made. */
const graceMs = 60_000;

export interface Repair {
  readonly event: PlannedEvent;
  /** A record to be made. */
  readonly create?: Unsaved<IPAddress>;
  /** The record to be deleted, before another may be made in its place. */
  readonly remove?: IPAddress;
}

/** The one IPv4 address of a Service that has one. */
export function addressOf({ spec }: Service): string | undefined {
  const address = spec.clusterIPs?.[0] ?? spec.clusterIP ?? '';
  return address === '' || address === 'None' || spec.type === 'ExternalName' ? undefined : address;
}

/** What is amiss with a Service's address, given its record and all Services' ranges; undefined where nothing is. */
export function repairService(
  service: Service,
  record: IPAddress | undefined,
  ranges: readonly string[],
  holder: Service | undefined,
): Repair | undefined {
  const address = addressOf(service);
  if (address === undefined) return undefined;
  const warn = (reason: string, message: string): { readonly event: PlannedEvent } => ({
    event: { type: 'Warning', reason, message },
  });
  if (!isIPv4(address)) {
    return warn('ClusterIPNotValid', `Cluster IP ${address} is not a valid IP; please recreate Service`);
  }
  if (!inRanges(address, ranges)) {
    const text = `Cluster IP [IPv4]: ${address} is not within any configured Service CIDR; please recreate service`;
    return warn('ClusterIPOutOfRange', text);
  }
  const { name, namespace } = service.metadata;
  const create = recordOf(address, { name, namespace });
  if (record === undefined) {
    return { ...warn('ClusterIPNotAllocated', `Cluster IP [IPv4]: ${address} is not allocated; repairing`), create };
  }
  if (isOf(record, service)) return undefined;
  if (holder !== undefined && addressOf(holder) === address) {
    const text = `Cluster IP [IPv4]: ${address} was assigned to multiple services; please recreate service`;
    return warn('ClusterIPAlreadyAllocated', text);
  }
  const text = `the ClusterIP [IPv4]: ${address} for Service ${namespace}/${name} has a wrong reference; repairing`;
  return { ...warn('ClusterIPNotAllocated', text), remove: record, create };
}

/** What is amiss with a record that the allocator made, given the Service that it names. */
export function repairRecord(
  record: IPAddress,
  service: Service | undefined,
  now: number,
): Repair | { readonly requeueAfter: number } | undefined {
  if (record.metadata.labels?.[managedBy] !== allocator) return undefined;
  const { namespace = '', name } = record.spec.parentRef;
  if (service !== undefined && addressOf(service) === record.metadata.name && isOf(record, service)) return undefined;
  const left = Date.parse(record.metadata.creationTimestamp ?? '') + graceMs - now;
  if (left > 0) return { requeueAfter: left };
  const message = `IPAddress: ${record.metadata.name} for Service ${namespace}/${name} appears to have leaked: cleaning up`;
  return { event: { type: 'Warning', reason: 'IPAddressNotAllocated', message }, remove: record };
}

function isOf({ spec: { parentRef } }: IPAddress, { metadata }: Service): boolean {
  const { group = '', resource, namespace, name } = parentRef;
  return group === '' && resource === 'services' && namespace === metadata.namespace && name === metadata.name;
}

function recordOf(address: string, parent: { readonly name: string; readonly namespace: string }): Unsaved<IPAddress> {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4', [managedBy]: allocator },
    },
    spec: { parentRef: { group: '', resource: 'services', ...parent } },
  };
}
