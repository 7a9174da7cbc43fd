import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { addressBytes } from '../wire/address.ts';
import { isEncodableName, lowerCaseName } from '../wire/reader.ts';

/** What a Service's own name is: several addresses, another name, or nothing. */
export type ServiceShape = 'cluster-ip' | 'headless' | 'external-name' | 'none';

/** Where one named port is offered; `hostname` is that of an endpoint, or undefined for the Service itself. */
export interface ServicePortTarget {
  readonly hostname: string | undefined;
  readonly port: number;
}

/** An endpoint that has records. */
export interface PublishedEndpoint {
  readonly address: string;
  readonly hostname: string;
}

/**
 * The records of one Service, worked out when first asked for. It stands for one state of the Service and its slices:
 * a change makes a new one.
 */
export class ServiceRecords {
  readonly shape: ServiceShape;
  /** Where an ExternalName Service points. */
  readonly target: string;
  readonly #service: Service;
  readonly #slices: readonly EndpointSlice[];
  #addresses: readonly Uint8Array[] | undefined;
  #hosts: ReadonlyMap<string, readonly Uint8Array[]> | undefined;
  #ports: ReadonlyMap<string, readonly ServicePortTarget[]> | undefined;

  constructor(service: Service, slices: readonly EndpointSlice[]) {
    this.#service = service;
    this.#slices = slices;
    this.target = lowerCaseName((service.spec.externalName ?? '').replace(/\.$/, ''));
    this.shape = shapeOf(service, this.target);
  }

  /** Whether the Service's name exists at all: a headless one does only while an endpoint is published. */
  get exists(): boolean {
    if (this.shape === 'none') return false;
    return this.shape !== 'headless' || this.addresses.length > 0;
  }

  /** Addresses of the Service's own name, without repeats, 4 or 16 bytes each. */
  get addresses(): readonly Uint8Array[] {
    this.#addresses ??=
      this.shape === 'headless' ? [...this.hosts.values()].flat() : toBytes(clusterAddresses(this.#service));
    return this.#addresses;
  }

  /** Addresses by endpoint hostname, the generated ones included. */
  get hosts(): ReadonlyMap<string, readonly Uint8Array[]> {
    this.#hosts ??= collectHosts(this.endpoints());
    return this.#hosts;
  }

  /** Targets of named ports by `port.protocol`, in lower case, e.g. `https.tcp`. */
  get ports(): ReadonlyMap<string, readonly ServicePortTarget[]> {
    this.#ports ??= this.shape === 'headless' ? this.#endpointPorts() : this.#servicePorts();
    return this.#ports;
  }

  *endpoints(): Iterable<PublishedEndpoint> {
    for (const slice of this.#slices) yield* publishedEndpoints(this.#service, slice);
  }

  #servicePorts(): Map<string, ServicePortTarget[]> {
    const ports = new Map<string, ServicePortTarget[]>();
    if (this.shape !== 'cluster-ip') return ports;
    for (const { name, protocol, port } of this.#service.spec.ports ?? []) {
      if (name !== undefined && name !== '') ports.set(portKey(name, protocol), [{ hostname: undefined, port }]);
    }
    return ports;
  }

  #endpointPorts(): Map<string, ServicePortTarget[]> {
    const found = new Map<string, Map<string, ServicePortTarget>>();
    for (const slice of this.#slices) {
      const endpoints = [...publishedEndpoints(this.#service, slice)];
      for (const { name, protocol, port } of slice.ports ?? []) {
        if (name === undefined || name === '' || port === undefined || endpoints.length === 0) continue;
        const key = portKey(name, protocol);
        const targets = found.get(key) ?? new Map<string, ServicePortTarget>();
        found.set(key, targets);
        for (const { hostname } of endpoints) targets.set(`${hostname}:${port}`, { hostname, port });
      }
    }
    return new Map([...found].map(([key, targets]) => [key, [...targets.values()]]));
  }
}

/** The endpoints of a slice that DNS shows: the ready ones, or all where the Service wants that. */
export function* publishedEndpoints(service: Service, slice: EndpointSlice): Iterable<PublishedEndpoint> {
  if (slice.addressType === 'FQDN') return;
  const all = service.spec.publishNotReadyAddresses === true;
  for (const { addresses, conditions, hostname } of slice.endpoints ?? []) {
    // A condition that is missing counts as ready.
    if (!all && conditions?.ready === false) continue;
    for (const address of addresses) yield { address, hostname: hostnameOf(hostname, address) };
  }
}

/** An endpoint's own hostname, else its address with dashes, which stays the same for the endpoint's life. */
function hostnameOf(hostname: string | undefined, address: string): string {
  return hostname === undefined || hostname === '' ? address.replaceAll(/[.:]/g, '-') : lowerCaseName(hostname);
}

/** The addresses that the cluster gives a Service: none when headless, external or not yet allocated. */
export function clusterAddresses({ spec }: Service): readonly string[] {
  if (spec.type === 'ExternalName') return [];
  const all = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return all.filter((address) => address !== '' && address !== 'None');
}

function shapeOf(service: Service, target: string): ServiceShape {
  const { type, clusterIP } = service.spec;
  if (type === 'ExternalName') {
    // A CNAME to an address leads nowhere; upstream's DNS has no record for it either.
    return target !== '' && addressBytes(target) === undefined && isEncodableName(target) ? 'external-name' : 'none';
  }
  if (clusterIP === 'None') return 'headless';
  return clusterAddresses(service).length > 0 ? 'cluster-ip' : 'none';
}

function collectHosts(endpoints: Iterable<PublishedEndpoint>): Map<string, Uint8Array[]> {
  const hosts = new Map<string, Uint8Array[]>();
  const seen = new Set<string>();
  for (const { address, hostname } of endpoints) {
    if (seen.has(address)) continue;
    seen.add(address);
    const bytes = addressBytes(address);
    if (bytes === undefined) continue;
    const known = hosts.get(hostname);
    if (known === undefined) hosts.set(hostname, [bytes]);
    else known.push(bytes);
  }
  return hosts;
}

function portKey(name: string, protocol: string | undefined): string {
  return `${name}.${protocol ?? 'TCP'}`.toLowerCase();
}

function toBytes(addresses: readonly string[]): Uint8Array[] {
  return addresses.map(addressBytes).filter((bytes) => bytes !== undefined);
}
