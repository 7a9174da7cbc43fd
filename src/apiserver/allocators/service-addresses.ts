import type { ServiceCIDR } from '../../api/networking/service-cidr.schema.ts';
import type { Store, Watch } from '../../store/store.ts';
import { addressNumber, addressText, parseRange } from '../../system/ipv4.ts';
import type { Logger } from '../../system/logger.ts';
import { follow } from '../auth/follow.ts';
import type { AddressOwner } from './address-record.ts';
import { createRecord, deleteRecord, recordPrefix } from './address-record.ts';
import { NumberClaims, NumberPool } from './number-pool.ts';

/** An address that a write has taken, with its IPAddress object. */
export interface TakenAddress {
  readonly number: number;
  /** The Service is stored: from now on that says whose the address is. */
  keep(): void;
  giveBack(): Promise<void>;
}

const rangePrefix = '/networking.k8s.io/servicecidrs/';

/** Upstream's share of a range that is left to those who ask by number. */
function addressesKept(size: number): number {
  return size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
}

/** A range counts unless its controller, or a deletion, says otherwise. */
function isReady({ metadata, status }: ServiceCIDR): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && (ready === undefined || ready.status === 'True');
}

/**
 * The addresses of all ServiceCIDRs. One is in use where a Service or an IPAddress object says so; it is given by
 * making the IPAddress, which only one can.
 */
export class ServiceAddresses {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #reserved: ReadonlySet<number>;
  readonly #claims = new NumberClaims();
  readonly #pools = new Map<string, NumberPool>();
  /** Records on their way out, by address. */
  readonly #releases = new Map<number, Promise<void>>();
  readonly #watches: Watch[] = [];

  constructor(store: Store, reserved: readonly string[], logger: Logger) {
    this.#logger = logger;
    this.#store = store;
    this.#reserved = new Set(reserved.map(addressNumber));
  }

  async follow(): Promise<void> {
    this.#watches.push(
      await follow(this.#store, rangePrefix, {
        put: (key, object) => this.#setRange(key, object as ServiceCIDR),
        remove: (key) => this.#pools.delete(key),
      }),
      await follow(this.#store, recordPrefix, {
        put: (key) => this.#record(key, (number) => this.#claims.hold(number, key)),
        remove: (key) => this.#record(key, (number) => this.#claims.release(number, key)),
      }),
    );
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop();
  }

  #setRange(key: string, object: ServiceCIDR): void {
    const range = (object.spec.cidrs ?? []).map(parseRange).find((parsed) => parsed !== undefined);
    if (range === undefined || !isReady(object)) {
      this.#pools.delete(key);
      return;
    }
    const size = 2 ** (32 - range.bits);
    // Neither the network's own address nor its last one.
    const ends = { from: range.base + 1, to: range.base + size - 2 };
    const options = { ...ends, kept: addressesKept(size), reserved: this.#reserved };
    this.#pools.set(key, new NumberPool(options, this.#claims));
  }

  #record(key: string, change: (number: number) => void): void {
    const range = parseRange(key.slice(recordPrefix.length));
    if (range?.bits === 32) change(range.base);
  }

  /** A Service that is stored has the address. */
  hold(number: number, serviceKey: string): void {
    this.#claims.hold(number, serviceKey);
  }

  /** A Service that was stored has it no longer: its record goes. */
  release(number: number, serviceKey: string): void {
    this.#claims.release(number, serviceKey);
    const [, , namespace = '', name = ''] = serviceKey.split('/');
    const released = deleteRecord(this.#store, addressText(number), { namespace, name })
      // The repair of addresses takes what this leaves.
      .catch((err: unknown) => this.#logger.warn({ err, address: addressText(number) }, 'cannot delete an IPAddress'))
      .finally(() => this.#releases.delete(number));
    this.#releases.set(number, released);
  }

  /** Takes a free address, the first range first; undefined when there is none. */
  async takeAny(owner: AddressOwner, dryRun: boolean): Promise<TakenAddress | undefined> {
    for (const pool of this.#pools.values()) {
      for (let number = pool.pick(); number !== undefined; number = pool.pick()) {
        const taken = await this.#claim(number, owner, dryRun);
        if (taken !== undefined) return taken;
      }
    }
    return undefined;
  }

  /** Takes the address that was asked for, or says why not in upstream's words. */
  async take(number: number, owner: AddressOwner, dryRun: boolean): Promise<TakenAddress | string> {
    if (![...this.#pools.values()].some((pool) => pool.contains(number))) {
      return 'the provided network does not match the current range';
    }
    await this.#releases.get(number);
    const taken = this.#claims.isFree(number) ? await this.#claim(number, owner, dryRun) : undefined;
    return taken ?? 'provided IP is already allocated';
  }

  async #claim(number: number, owner: AddressOwner, dryRun: boolean): Promise<TakenAddress | undefined> {
    this.#claims.take(number);
    const free = (): void => this.#claims.giveBack(number);
    if (dryRun) return { number, keep: free, giveBack: async () => free() };
    const address = addressText(number);
    try {
      if ((await createRecord(this.#store, address, owner)) === undefined) {
        free();
        return undefined;
      }
    } catch (error) {
      free();
      throw error;
    }
    const giveBack = async (): Promise<void> => {
      await deleteRecord(this.#store, address, owner);
      free();
    };
    return { number, keep: free, giveBack };
  }
}
