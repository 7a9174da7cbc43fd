import type { FieldError } from '../../api/field-error.ts';
import { invalidField } from '../../api/field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/core/service.schema.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePort } from '../../api/core/service-shape.ts';
import { invalidObject, StatusError } from '../../api/status-error.ts';
import { ipFamily } from '../../api/validation/ip.ts';
import type { Store, Watch } from '../../store/store.ts';
import { addressNumber, addressText, rangeOf } from '../../system/ipv4.ts';
import { follow } from '../auth/follow.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Allocation, Allocator } from '../registry/core.ts';
import { NumberPool } from './number-pool.ts';

export interface ServiceAllocatorOptions {
  readonly store: Store;
  /** E.g. `10.233.0.0/18`. */
  readonly range: string;
  readonly nodePorts: { readonly from: number; readonly to: number };
  readonly reserved: readonly string[];
}

const prefix = '/services/';

/** Upstream's share of a range that is left to those who ask by number. */
function addressesKept(size: number): number {
  return size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
}
function portsKept(size: number): number {
  return size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
}

function addressesOf({ clusterIP, clusterIPs }: ServiceSpec): readonly number[] {
  const all = clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP]);
  return all.filter((address) => ipFamily(address) === 'IPv4').map(addressNumber);
}

function portsOf({ ports = [], healthCheckNodePort = 0 }: ServiceSpec): readonly number[] {
  const all = [...ports.map(({ nodePort = 0 }) => nodePort), healthCheckNodePort];
  return all.filter((port) => port !== 0);
}

/** What one write takes from the pools. */
class Taking {
  readonly #taken: [NumberPool, number][] = [];

  take(pool: NumberPool, number: number): void {
    pool.take(number);
    this.#taken.push([pool, number]);
  }

  /** After a commit the store's own watch holds the numbers; after a failure nobody does. */
  end(): void {
    for (const [pool, number] of this.#taken) pool.giveBack(number);
    this.#taken.length = 0;
  }
}

/** Gives Services their addresses and node ports; what is given is what the store says is in use. */
export class ServiceAllocator {
  readonly #addresses: NumberPool;
  readonly #ports: NumberPool;
  readonly #nodePorts: { readonly from: number; readonly to: number };
  readonly #holdings = new Map<string, { addresses: readonly number[]; ports: readonly number[] }>();
  #watch: Watch | undefined;

  constructor({ range, nodePorts, reserved }: Omit<ServiceAllocatorOptions, 'store'>) {
    const { base, bits } = rangeOf(range);
    const size = 2 ** (32 - bits);
    this.#addresses = new NumberPool({
      // Neither the network's own address nor its last one.
      from: base + 1,
      to: base + Math.max(size - 2, 1),
      kept: addressesKept(size),
      reserved: new Set(reserved.map(addressNumber)),
    });
    const { from, to } = nodePorts;
    this.#nodePorts = nodePorts;
    this.#ports = new NumberPool({ from, to, kept: portsKept(to - from + 1) });
  }

  /** Reads what is in use, and follows it from then on. */
  async follow(store: Store): Promise<void> {
    this.#watch = await follow(store, prefix, {
      put: (key, object) => this.#hold(key, (object as Service).spec),
      remove: (key) => this.#release(key),
    });
  }

  stop(): void {
    this.#watch?.stop();
  }

  #hold(key: string, spec: ServiceSpec): void {
    this.#release(key);
    const holding = { addresses: addressesOf(spec), ports: portsOf(spec) };
    for (const address of holding.addresses) this.#addresses.hold(address, key);
    for (const port of holding.ports) this.#ports.hold(port, key);
    this.#holdings.set(key, holding);
  }

  #release(key: string): void {
    const holding = this.#holdings.get(key);
    for (const address of holding?.addresses ?? []) this.#addresses.release(address, key);
    for (const port of holding?.ports ?? []) this.#ports.release(port, key);
    this.#holdings.delete(key);
  }

  /** Takes what a Service needs and did not have; to be ended by commit or rollback. */
  readonly allocate: Allocator = (object, old): Allocation => {
    const service = object as unknown as Service;
    const before = (old as unknown as Service | undefined)?.spec;
    const taking = new Taking();
    try {
      const spec = this.#withPorts(this.#withAddress(service, before, taking), service, before, taking);
      const allocated = { ...service, spec } as unknown as ApiObject;
      return { object: allocated, commit: () => taking.end(), rollback: () => taking.end() };
    } catch (error) {
      taking.end();
      throw error;
    }
  };

  #withAddress(service: Service, before: ServiceSpec | undefined, taking: Taking): ServiceSpec {
    const { spec } = service;
    if (!needsClusterIp(spec)) return spec;
    checkFamilies(service);
    if (isHeadless(spec)) return spec;
    const asked = spec.clusterIPs?.[0] ?? spec.clusterIP ?? '';
    if (asked === '') {
      const address = this.#addresses.pick();
      if (address === undefined) {
        throw new StatusError(
          'InternalError',
          'Internal error occurred: failed to allocate a serviceIP: range is full',
        );
      }
      taking.take(this.#addresses, address);
      const text = addressText(address);
      return { ...spec, clusterIP: text, clusterIPs: [text] };
    }
    if (before !== undefined && addressesOf(before).includes(addressNumber(asked))) return spec;
    const number = addressNumber(asked);
    const refuse = (reason: string): StatusError => {
      const detail = `failed to allocate IP ${asked}: ${reason}`;
      return invalid(service, [invalidField('spec.clusterIPs', spec.clusterIPs ?? [asked], detail)]);
    };
    if (!this.#addresses.contains(number)) throw refuse('the provided network does not match the current range');
    if (!this.#addresses.isFree(number)) throw refuse('provided IP is already allocated');
    taking.take(this.#addresses, number);
    return spec;
  }

  #withPorts(spec: ServiceSpec, service: Service, before: ServiceSpec | undefined, taking: Taking): ServiceSpec {
    const own = new Set(before === undefined ? [] : portsOf(before));
    const claim = (path: string, port: number): void => {
      if (own.has(port)) return;
      const refuse = (reason: string): StatusError => invalid(service, [invalidField(path, port, reason)]);
      const { from, to } = this.#nodePorts;
      if (!this.#ports.contains(port)) {
        throw refuse(`provided port is not in the valid range. The range of valid ports is ${from}-${to}`);
      }
      if (!this.#ports.isFree(port)) throw refuse('provided port is already allocated');
      taking.take(this.#ports, port);
      // The same number may serve TCP and UDP of one Service.
      own.add(port);
    };
    const draw = (path: string): number => {
      const port = this.#ports.pick();
      if (port === undefined) throw invalid(service, [invalidField(path, 0, 'range is full')]);
      taking.take(this.#ports, port);
      own.add(port);
      return port;
    };
    let shaped = spec;
    if (needsNodePort(spec)) {
      const ports = spec.ports ?? [];
      // Those that are asked for go first, so that none of them is drawn for another port.
      for (const [index, { nodePort = 0 }] of ports.entries()) {
        if (nodePort !== 0) claim(`spec.ports[${index}].nodePort`, nodePort);
      }
      const withPort = (port: ServicePort, index: number): ServicePort =>
        (port.nodePort ?? 0) === 0 ? { ...port, nodePort: draw(`spec.ports[${index}].nodePort`) } : port;
      shaped = { ...shaped, ports: ports.map(withPort) };
    }
    if (!needsHealthCheckPort(spec)) return shaped;
    const { healthCheckNodePort: asked = 0 } = spec;
    if (asked !== 0) claim('spec.healthCheckNodePort', asked);
    return { ...shaped, healthCheckNodePort: asked === 0 ? draw('spec.healthCheckNodePort') : asked };
  }
}

function invalid(service: Service, errors: readonly FieldError[]): StatusError {
  return invalidObject('', 'Service', service.metadata.name, errors);
}

/** This cluster speaks IPv4 alone. */
function checkFamilies(service: Service): void {
  const { ipFamilies = [], ipFamilyPolicy } = service.spec;
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === 'RequireDualStack') {
    const text = 'this cluster is not configured for dual-stack services';
    errors.push(invalidField('spec.ipFamilyPolicy', ipFamilyPolicy, text));
  }
  for (const [index, family] of ipFamilies.entries()) {
    if (family !== 'IPv6') continue;
    errors.push(invalidField(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  }
  if (errors.length > 0) throw invalid(service, errors);
}
