import type { FieldError } from '../../api/field-error.ts';
import { invalidField } from '../../api/field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/core/service.schema.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePort } from '../../api/core/service-shape.ts';
import { invalidObject, StatusError } from '../../api/status-error.ts';
import { ipFamily } from '../../api/validation/ip.ts';
import type { Store, Watch } from '../../store/store.ts';
import { addressNumber, addressText } from '../../system/ipv4.ts';
import type { Logger } from '../../system/logger.ts';
import { follow } from '../auth/follow.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Allocation, Allocator } from '../registry/core.ts';
import { NumberClaims, NumberPool } from './number-pool.ts';
import type { TakenAddress } from './service-addresses.ts';
import { ServiceAddresses } from './service-addresses.ts';

export interface ServiceAllocatorOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly nodePorts: { readonly from: number; readonly to: number };
  /** Service addresses that go to nobody who does not ask for them. */
  readonly reserved: readonly string[];
}

const prefix = '/services/';

/** Upstream's share of the node ports that is left to those who ask by number. */
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

/** What one write takes. */
class Taking {
  readonly #claims: NumberClaims;
  readonly #ports: number[] = [];
  address: TakenAddress | undefined;

  constructor(claims: NumberClaims) {
    this.#claims = claims;
  }

  take(port: number): void {
    this.#claims.take(port);
    this.#ports.push(port);
  }

  /** After a commit the store's own watch holds the numbers; after a failure nobody does. */
  readonly commit = (): void => {
    this.address?.keep();
    for (const port of this.#ports) this.#claims.giveBack(port);
  };

  readonly rollback = async (): Promise<void> => {
    for (const port of this.#ports) this.#claims.giveBack(port);
    await this.address?.giveBack();
  };
}

/** Gives Services their addresses and node ports; what is given is what the store says is in use. */
export class ServiceAllocator {
  readonly #store: Store;
  readonly #addresses: ServiceAddresses;
  readonly #portClaims = new NumberClaims();
  readonly #ports: NumberPool;
  readonly #nodePorts: { readonly from: number; readonly to: number };
  readonly #holdings = new Map<string, { addresses: readonly number[]; ports: readonly number[] }>();
  #watch: Watch | undefined;

  constructor({ store, logger, nodePorts, reserved }: ServiceAllocatorOptions) {
    this.#store = store;
    this.#addresses = new ServiceAddresses(store, reserved, logger);
    const { from, to } = nodePorts;
    this.#nodePorts = nodePorts;
    this.#ports = new NumberPool({ from, to, kept: portsKept(to - from + 1) }, this.#portClaims);
  }

  /** Reads what is in use, and follows it from then on. */
  async follow(): Promise<void> {
    await this.#addresses.follow();
    this.#watch = await follow(this.#store, prefix, {
      put: (key, object) => this.#hold(key, (object as Service).spec),
      remove: (key) => this.#hold(key, undefined),
    });
  }

  stop(): void {
    this.#watch?.stop();
    this.#addresses.stop();
  }

  #hold(key: string, spec: ServiceSpec | undefined): void {
    const before = this.#holdings.get(key);
    const after = spec === undefined ? undefined : { addresses: addressesOf(spec), ports: portsOf(spec) };
    for (const port of before?.ports ?? []) this.#portClaims.release(port, key);
    for (const port of after?.ports ?? []) this.#portClaims.hold(port, key);
    for (const address of after?.addresses ?? []) this.#addresses.hold(address, key);
    for (const address of before?.addresses ?? []) {
      if (after?.addresses.includes(address) !== true) this.#addresses.release(address, key);
    }
    if (after === undefined) this.#holdings.delete(key);
    else this.#holdings.set(key, after);
  }

  /** Takes what a Service needs and did not have; to be ended by commit or rollback. */
  readonly allocate: Allocator = async (object, old, { dryRun }): Promise<Allocation> => {
    const service = object as unknown as Service;
    const before = (old as unknown as Service | undefined)?.spec;
    const taking = new Taking(this.#portClaims);
    try {
      const spec = this.#withPorts(await this.#withAddress(service, before, taking, dryRun), service, before, taking);
      const allocated = { ...service, spec } as unknown as ApiObject;
      return { object: allocated, commit: taking.commit, rollback: taking.rollback };
    } catch (error) {
      await taking.rollback();
      throw error;
    }
  };

  async #withAddress(
    service: Service,
    before: ServiceSpec | undefined,
    taking: Taking,
    dryRun: boolean,
  ): Promise<ServiceSpec> {
    const { spec } = service;
    if (!needsClusterIp(spec)) return spec;
    checkFamilies(service);
    if (isHeadless(spec)) return spec;
    const asked = spec.clusterIPs?.[0] ?? spec.clusterIP ?? '';
    const { name, namespace = '' } = service.metadata;
    const owner = { name, namespace };
    if (asked === '') {
      taking.address = await this.#addresses.takeAny(owner, dryRun);
      if (taking.address === undefined) {
        throw new StatusError(
          'InternalError',
          'Internal error occurred: failed to allocate a serviceIP: range is full',
        );
      }
      const text = addressText(taking.address.number);
      return { ...spec, clusterIP: text, clusterIPs: [text] };
    }
    const number = addressNumber(asked);
    if (before !== undefined && addressesOf(before).includes(number)) return spec;
    const taken = await this.#addresses.take(number, owner, dryRun);
    if (typeof taken === 'string') {
      const detail = `failed to allocate IP ${asked}: ${taken}`;
      throw invalid(service, [invalidField('spec.clusterIPs', spec.clusterIPs ?? [asked], detail)]);
    }
    taking.address = taken;
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
      if (!this.#portClaims.isFree(port)) throw refuse('provided port is already allocated');
      taking.take(port);
      // The same number may serve TCP and UDP of one Service.
      own.add(port);
    };
    const draw = (path: string): number => {
      const port = this.#ports.pick();
      if (port === undefined) throw invalid(service, [invalidField(path, 0, 'range is full')]);
      taking.take(port);
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
