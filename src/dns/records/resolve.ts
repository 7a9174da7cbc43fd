import { addressBytes } from '../wire/address.ts';
import { recordTypes } from '../wire/constants.ts';
import { splitLabels } from '../wire/reader.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { addressRecord, nameRecord, soaRecord, srvRecord, textRecord } from '../wire/record.ts';
import type { ClusterIndex } from './cluster-index.ts';
import type { ServicePortTarget, ServiceRecords } from './service-records.ts';
import type { Zone } from './zone.ts';
import { specificationVersion, startOfAuthority } from './zone.ts';

/**
 * What the zone says of a name and type:
 * - `records`: these; an empty list means that the name exists without records of the type (NODATA).
 * - `alias`: the name is another name for `target`, whatever the type.
 * - `absent`: neither the name nor anything below it exists (NXDOMAIN).
 */
export type Resolution =
  | {
      readonly kind: 'records';
      readonly records: readonly ResourceRecord[];
      readonly additional: readonly ResourceRecord[];
    }
  | { readonly kind: 'alias'; readonly record: ResourceRecord; readonly target: string }
  | { readonly kind: 'absent' };

export const absent: Resolution = { kind: 'absent' };
const noData: Resolution = { kind: 'records', records: [], additional: [] };
const found = (records: readonly ResourceRecord[], additional: readonly ResourceRecord[] = []): Resolution =>
  records.length === 0 ? noData : { kind: 'records', records, additional };

interface Asked {
  readonly index: ClusterIndex;
  readonly zone: Zone;
  /** The whole name, which owns the records. */
  readonly name: string;
  readonly type: number;
}

/**
 * Looks a name up in the zone by the Kubernetes DNS specification 1.1.0. `relative` is the name without the zone, in
 * lower case.
 */
export function resolve(index: ClusterIndex, zone: Zone, relative: string, type: number): Resolution {
  const labels = splitLabels(relative);
  const name = relative === '' ? zone.domain : `${relative}.${zone.domain}`;
  const asked: Asked = { index, zone, name, type };
  switch (labels.at(-1)) {
    case undefined:
      return resolveApex(asked);
    case 'svc':
      return resolveService(asked, labels);
    case 'pod':
      return resolvePod(asked, labels);
    case 'dns':
      return resolveServer(asked, labels);
    case 'dns-version':
      if (labels.length > 1) return absent;
      return type === recordTypes.TXT ? found([textRecord(name, type, zone.ttl, [specificationVersion])]) : noData;
    default:
      return absent;
  }
}

function resolveApex({ index, zone, name, type }: Asked): Resolution {
  const server = `ns.dns.${zone.domain}`;
  if (type === recordTypes.SOA) return found([soaRecord(name, zone.ttl, startOfAuthority(zone, index.serial))]);
  if (type === recordTypes.NS) {
    return found([nameRecord(name, type, zone.ttl, server)], serverAddresses(zone, server));
  }
  return noData;
}

function resolveServer({ zone, name, type }: Asked, labels: readonly string[]): Resolution {
  if (labels.length === 1) return noData;
  if (labels.length > 2 || labels[0] !== 'ns') return absent;
  return found(serverAddresses(zone, name).filter((record) => record.type === type));
}

function serverAddresses(zone: Zone, name: string): ResourceRecord[] {
  const addresses = zone.serverAddresses.map(addressBytes).filter((bytes) => bytes !== undefined);
  return addresses.map((bytes) => addressRecord(name, zone.ttl, bytes));
}

/** `<a-b-c-d>.<namespace>.pod`: the address that the name spells, as upstream's DNS has it by default. */
function resolvePod({ index, zone, name, type }: Asked, labels: readonly string[]): Resolution {
  if (labels.length === 1) return noData;
  const [address = '', namespace = ''] = labels.slice(-3, -1);
  if (labels.length === 2) return index.hasNamespace(address) ? noData : absent;
  if (labels.length > 3 || !index.hasNamespace(namespace)) return absent;
  const dotted = /^\d+(?:-\d+){3}$/.test(address);
  const bytes = addressBytes(address.replaceAll('-', dotted ? '.' : ':'));
  if (bytes === undefined) return absent;
  return found([addressRecord(name, zone.ttl, bytes)].filter((record) => record.type === type));
}

/** `[<hostname> | _<port>._<protocol>].<service>.<namespace>.svc` and what lies above. */
function resolveService(asked: Asked, labels: readonly string[]): Resolution {
  const { index } = asked;
  if (labels.length === 1) return noData;
  const namespace = labels.at(-2) ?? '';
  if (labels.length === 2) return index.hasNamespace(namespace) ? noData : absent;
  const service = index.service(namespace, labels.at(-3) ?? '');
  if (service?.exists !== true) return absent;
  const { name, type, zone } = asked;
  if (service.shape === 'external-name') {
    if (labels.length > 3) return absent;
    const record = nameRecord(name, recordTypes.CNAME, zone.ttl, service.target);
    return { kind: 'alias', record, target: service.target };
  }
  if (labels.length === 3) return found(addressRecords(asked, service.addresses));
  const below = labels[labels.length - 4] ?? '';
  if (below.startsWith('_')) return resolvePort(asked, service, labels.slice(0, -3));
  const host = labels.length === 4 ? service.hosts.get(below) : undefined;
  if (host === undefined) return absent;
  return type === recordTypes.A || type === recordTypes.AAAA ? found(addressRecords(asked, host)) : noData;
}

function addressRecords({ name, type, zone }: Asked, addresses: readonly Uint8Array[]): ResourceRecord[] {
  if (type !== recordTypes.A && type !== recordTypes.AAAA) return [];
  const length = type === recordTypes.A ? 4 : 16;
  const wanted = addresses.filter((address) => address.length === length);
  return wanted.map((address) => addressRecord(name, zone.ttl, address));
}

function resolvePort(asked: Asked, service: ServiceRecords, labels: readonly string[]): Resolution {
  const protocol = (labels.at(-1) ?? '').slice(1);
  if (labels.length === 1) {
    const offered = [...service.ports.keys()].some((key) => key.endsWith(`.${protocol}`));
    return offered ? noData : absent;
  }
  const port = labels[0] ?? '';
  const targets = port.startsWith('_') ? service.ports.get(`${port.slice(1)}.${protocol}`) : undefined;
  if (labels.length > 2 || targets === undefined) return absent;
  if (asked.type !== recordTypes.SRV) return noData;
  return serviceRecords(asked, service, targets);
}

function serviceRecords(
  { zone, name }: Asked,
  service: ServiceRecords,
  targets: readonly ServicePortTarget[],
): Resolution {
  // `_port._protocol.` is what stands before the Service's own name.
  const serviceName = name.slice(name.indexOf('.', name.indexOf('.') + 1) + 1);
  const weight = Math.max(1, Math.floor(100 / targets.length));
  const records: ResourceRecord[] = [];
  const additional: ResourceRecord[] = [];
  const added = new Set<string | undefined>();
  for (const { hostname, port } of targets) {
    const target = hostname === undefined ? serviceName : `${hostname}.${serviceName}`;
    records.push(srvRecord(name, zone.ttl, { priority: 0, weight, port, target }));
    if (added.has(hostname)) continue;
    added.add(hostname);
    const addresses = hostname === undefined ? service.addresses : (service.hosts.get(hostname) ?? []);
    for (const address of addresses) additional.push(addressRecord(target, zone.ttl, address));
  }
  return found(records, additional);
}

/** The names that an address (see `addressKey`) has in the cluster; undefined where it has none. */
export function resolveReverse(
  index: ClusterIndex,
  zone: Zone,
  name: string,
  key: string,
  type: number,
): Resolution | undefined {
  const names = index.namesOf(key);
  if (names.length === 0) return undefined;
  if (type !== recordTypes.PTR) return noData;
  return found(names.map((target) => nameRecord(name, type, zone.ttl, `${target}.svc.${zone.domain}`)));
}
