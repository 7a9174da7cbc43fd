import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { addressKey } from '../wire/address.ts';
import { isEncodableName, lowerCaseName } from '../wire/reader.ts';
import { clusterAddresses, publishedEndpoints, ServiceRecords } from './service-records.ts';
import { serviceNameLabel } from './trim.ts';

/** A pod that may ask: the suffixes that its resolver appends beyond the cluster's own three. */
export interface DnsClient {
  readonly uid: string;
  readonly namespace: string;
  readonly searches: readonly string[];
}

/** The kinds of object that records come from. */
export type IndexedObject = Service | EndpointSlice | Namespace | Pod;

interface Entry {
  readonly namespace: string;
  readonly name: string;
  service: Service | undefined;
  /** Mostly one. */
  slices: readonly EndpointSlice[];
  records: ServiceRecords | undefined;
}

/**
 * The cluster's objects as DNS looks them up. A change costs time in proportion to the object that changed, whatever
 * the size of the cluster; records are made when they are first asked for.
 */
export class ClusterIndex {
  readonly #namespaces = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #serviceByAddress = new Map<string, Entry>();
  /** The Services with an endpoint of this address; mostly one. */
  readonly #entriesByEndpoint = new Map<string, readonly Entry[]>();
  readonly #clients = new Map<string, DnsClient>();
  #serial: number;

  /** `serial` is the zone's first serial number; seconds since the epoch keep it growing over restarts. */
  constructor(serial: number) {
    this.#serial = serial;
  }

  /** Grows with each change. */
  get serial(): number {
    return this.#serial;
  }

  get size(): { readonly services: number; readonly slices: number } {
    return { services: this.#entries.size, slices: this.#slices.size };
  }

  /** Takes over the newest version of an object, in place of `old` where there was one. */
  put(object: IndexedObject, old?: IndexedObject): void {
    this.#serial += 1;
    switch (object.kind) {
      case 'Service':
        return this.#putService(object as Service);
      case 'EndpointSlice':
        return this.#changeSlice(keyOf(object), object as EndpointSlice);
      case 'Pod':
        this.#dropClients((old ?? object) as Pod);
        return this.#putClients(object as Pod);
      default:
        this.#namespaces.add(object.metadata.name);
    }
  }

  /** Forgets an object. */
  delete(object: IndexedObject): void {
    this.#serial += 1;
    switch (object.kind) {
      case 'Service':
        return this.#deleteService(keyOf(object));
      case 'EndpointSlice':
        return this.#changeSlice(keyOf(object), undefined);
      case 'Pod':
        return this.#dropClients(object as Pod);
      default:
        this.#namespaces.delete(object.metadata.name);
    }
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  /** The records of a Service that exists as an object; its name may have none. */
  service(namespace: string, name: string): ServiceRecords | undefined {
    const entry = this.#entries.get(`${namespace}/${name}`);
    return entry === undefined ? undefined : recordsOf(entry);
  }

  /** Names, relative to `svc.<zone>`, of the Service or the endpoints with an address (see `addressKey`). */
  namesOf(key: string): readonly string[] {
    const owner = this.#serviceByAddress.get(key);
    if (owner !== undefined) return [`${owner.name}.${owner.namespace}`];
    const names = new Set<string>();
    for (const entry of this.#entriesByEndpoint.get(key) ?? []) {
      const { service, slices, name, namespace } = entry;
      if (service === undefined || recordsOf(entry)?.exists !== true) continue;
      for (const slice of slices) {
        for (const { address, hostname } of publishedEndpoints(service, slice)) {
          if (addressKey(address) === key) names.add(`${hostname}.${name}.${namespace}`);
        }
      }
    }
    return [...names];
  }

  /** The pod with this address, if it is one whose search path is known. */
  client(address: string): DnsClient | undefined {
    return this.#clients.get(addressKey(address));
  }

  #putService(service: Service): void {
    const key = keyOf(service);
    this.#dropAddresses(key);
    const entry = this.#entry(key, service.metadata.namespace, service.metadata.name);
    entry.service = service;
    entry.records = undefined;
    for (const address of clusterAddresses(service)) this.#serviceByAddress.set(addressKey(address), entry);
  }

  #deleteService(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#dropAddresses(key);
    entry.service = undefined;
    entry.records = undefined;
    if (entry.slices.length === 0) this.#entries.delete(key);
  }

  #dropAddresses(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.service === undefined) return;
    for (const address of clusterAddresses(entry.service)) {
      const found = addressKey(address);
      // Another Service may have been given the address in the meantime.
      if (this.#serviceByAddress.get(found) === entry) this.#serviceByAddress.delete(found);
    }
  }

  #changeSlice(key: string, next: EndpointSlice | undefined): void {
    const old = this.#slices.get(key);
    const [from, to] = [serviceKeyOf(old), serviceKeyOf(next)];
    if (next === undefined || to === undefined) this.#slices.delete(key);
    else this.#slices.set(key, next);
    // A slice may be handed from one Service to another.
    if (from !== undefined && from !== to) this.#replaceSlice(from, old, undefined);
    if (to !== undefined) this.#replaceSlice(to, from === to ? old : undefined, next);
  }

  #replaceSlice(serviceKey: string, old: EndpointSlice | undefined, next: EndpointSlice | undefined): void {
    const { namespace = '' } = (next ?? old)?.metadata ?? {};
    const entry = this.#entry(serviceKey, namespace, serviceKey.slice(namespace.length + 1));
    const others = entry.slices.filter((slice) => slice !== old);
    entry.slices = next === undefined ? others : [...others, next];
    entry.records = undefined;
    const before = addressesOf(old);
    const after = addressesOf(next);
    for (const address of after) {
      const known = this.#entriesByEndpoint.get(address) ?? [];
      if (!before.has(address) && !known.includes(entry)) this.#entriesByEndpoint.set(address, [...known, entry]);
    }
    const gone = [...before].filter((address) => !after.has(address));
    const elsewhere = new Set(gone.length === 0 ? [] : others.flatMap((slice) => [...addressesOf(slice)]));
    for (const address of gone) {
      if (elsewhere.has(address)) continue;
      const left = (this.#entriesByEndpoint.get(address) ?? []).filter((known) => known !== entry);
      if (left.length === 0) this.#entriesByEndpoint.delete(address);
      else this.#entriesByEndpoint.set(address, left);
    }
    if (entry.service === undefined && entry.slices.length === 0) this.#entries.delete(serviceKey);
  }

  #putClients(pod: Pod): void {
    const client = clientOf(pod);
    if (client === undefined) return;
    for (const address of podAddresses(pod)) this.#clients.set(addressKey(address), client);
  }

  #dropClients(pod: Pod): void {
    for (const address of podAddresses(pod)) {
      // The address may belong to a younger pod by now.
      const key = addressKey(address);
      if (this.#clients.get(key)?.uid === pod.metadata.uid) this.#clients.delete(key);
    }
  }

  #entry(key: string, namespace: string, name: string): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { namespace, name, service: undefined, slices: [], records: undefined };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

function recordsOf(entry: Entry): ServiceRecords | undefined {
  if (entry.service === undefined) return undefined;
  entry.records ??= new ServiceRecords(entry.service, entry.slices);
  return entry.records;
}

function keyOf({ metadata }: IndexedObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** `namespace/name` of the Service that a slice belongs to. */
export function serviceKeyOf(slice: EndpointSlice | undefined): string | undefined {
  const name = slice?.metadata.labels?.[serviceNameLabel];
  return slice === undefined || name === undefined || name === '' ? undefined : `${slice.metadata.namespace}/${name}`;
}

function addressesOf(slice: EndpointSlice | undefined): Set<string> {
  const addresses = new Set<string>();
  if (slice === undefined || slice.addressType === 'FQDN') return addresses;
  for (const endpoint of slice.endpoints ?? []) {
    for (const address of endpoint.addresses) addresses.add(addressKey(address));
  }
  return addresses;
}

function podAddresses({ status }: Pod): readonly string[] {
  const addresses = status.podIPs?.map(({ ip }) => ip) ?? [status.podIP];
  return addresses.filter((address) => address !== undefined && address !== '') as string[];
}

/** Who asks from a pod's address: nobody we can name where the address is the node's or the resolver another's. */
function clientOf({ metadata, spec, status }: Pod): DnsClient | undefined {
  if (spec.hostNetwork === true || (spec.dnsPolicy ?? 'ClusterFirst') !== 'ClusterFirst') return undefined;
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined;
  const searches = (spec.dnsConfig?.searches ?? []).map((search) => lowerCaseName(search.replace(/\.$/, '')));
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    searches: searches.filter((name) => name !== '' && isEncodableName(name)),
  };
}
