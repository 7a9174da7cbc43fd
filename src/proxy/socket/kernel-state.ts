import type { SocketAddress } from '../model.ts';
import type { MapChange } from '../helper/messages.ts';
import type { ServiceAddress } from './layout.ts';
import { backendKey, backendValue, memberKey, serviceKey, serviceValue } from './layout.ts';

type Entries = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

/** What the kernel's maps hold, as they were read. */
export interface MapContents {
  readonly services: Entries;
  readonly backends: Entries;
  readonly members: Entries;
  readonly clients: Entries;
}

interface KnownService {
  readonly list: number;
  readonly backends: readonly SocketAddress[];
}

const nothing = new Uint8Array(4);

/**
 * A node's maps, as the proxy believes them to be. Pure: each method gives the changes to send, in an order
 * in which no socket ever sees half a Service: a new list first, then the Service that points at it, then the old
 * list's removal. A list's entries never change.
 */
export class KernelState {
  readonly #services = new Map<string, KnownService>();
  readonly #clients = new Set<bigint>();
  readonly #lists = new Set<number>();
  #lastList = 0;

  /** Takes over what is there, and gives the changes that remove what makes no whole: lists without a Service, and the like. */
  adopt(contents: MapContents): readonly MapChange[] {
    this.#services.clear();
    this.#lists.clear();
    this.#clients.clear();
    const lists = new Map<number, (SocketAddress | undefined)[]>();
    for (const [key, value] of contents.backends) {
      const list = viewOf(key).getUint32(0, true);
      const backends = lists.get(list) ?? [];
      backends[viewOf(key).getUint32(4, true)] = addressOf(value, 0);
      lists.set(list, backends);
    }
    const members = new Set(contents.members.map(([key]) => Buffer.from(key).toString('hex')));
    const changes: MapChange[] = [];
    const used = new Set<number>();
    for (const [key, value] of contents.services) {
      const [list, count] = [viewOf(value).getUint32(0, true), viewOf(value).getUint32(4, true)];
      const backends = lists.get(list) ?? [];
      const whole =
        count > 0 &&
        backends.length === count &&
        !used.has(list) &&
        Array.from(backends).every(
          (address) =>
            address !== undefined &&
            (key[6] !== 17 || members.has(Buffer.from(memberKey(list, address)).toString('hex'))),
        );
      if (whole) {
        used.add(list);
        this.#lists.add(list);
        const { ip, port } = addressOf(key, 0);
        this.#services.set(`${ip} ${key[6]} ${port}`, { list, backends: backends as SocketAddress[] });
      } else changes.push({ map: 'services', key });
    }
    const unused = (key: Uint8Array): boolean => !used.has(viewOf(key).getUint32(0, true));
    for (const [key] of contents.backends) if (unused(key)) changes.push({ map: 'backends', key });
    for (const [key] of contents.members) if (unused(key)) changes.push({ map: 'members', key });
    for (const [key] of contents.clients) this.#clients.add(viewOf(key).getBigUint64(0, true));
    for (const list of lists.keys()) this.#lastList = Math.max(this.#lastList, list);
    return changes;
  }

  /** All addresses that the kernel has. */
  keys(): Iterable<string> {
    return this.#services.keys();
  }

  /** The changes that make a Service address lead to `backends`; nowhere where undefined. */
  setService(key: string, backends: readonly SocketAddress[] | undefined): readonly MapChange[] {
    const known = this.#services.get(key);
    if (sameAddresses(known?.backends, backends)) return [];
    const address = parseKey(key);
    const changes: MapChange[] = [];
    const at = serviceKey(address);
    if (backends === undefined) {
      this.#services.delete(key);
      changes.push({ map: 'services', key: at });
    } else {
      const list = this.#freeList();
      for (const [index, backend] of backends.entries()) {
        changes.push({ map: 'backends', key: backendKey(list, index), value: backendValue(backend) });
        if (address.protocol === 17) changes.push({ map: 'members', key: memberKey(list, backend), value: nothing });
      }
      changes.push({ map: 'services', key: at, value: serviceValue(list, backends.length) });
      this.#lists.add(list);
      this.#services.set(key, { list, backends });
    }
    if (known !== undefined) this.#lists.delete(known.list);
    for (const [index, backend] of known?.backends.entries() ?? []) {
      const { list } = known as KnownService;
      changes.push({ map: 'backends', key: backendKey(list, index) });
      if (address.protocol === 17) changes.push({ map: 'members', key: memberKey(list, backend) });
    }
    return changes;
  }

  /** The changes that make exactly these network namespaces clients. */
  setClients(cookies: ReadonlySet<bigint>): readonly MapChange[] {
    const key = (cookie: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(cookie).buffer);
    const gone = [...this.#clients].filter((cookie) => !cookies.has(cookie));
    const come = [...cookies].filter((cookie) => !this.#clients.has(cookie));
    for (const cookie of gone) this.#clients.delete(cookie);
    for (const cookie of come) this.#clients.add(cookie);
    return [
      ...gone.map((cookie) => ({ map: 'clients', key: key(cookie) }) as const),
      ...come.map((cookie) => ({ map: 'clients', key: key(cookie), value: nothing }) as const),
    ];
  }

  get size(): { readonly services: number; readonly clients: number } {
    return { services: this.#services.size, clients: this.#clients.size };
  }

  #freeList(): number {
    do this.#lastList = (this.#lastList + 1) >>> 0;
    while (this.#lists.has(this.#lastList));
    return this.#lastList;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function addressOf(bytes: Uint8Array, offset: number): SocketAddress {
  return { ip: [...bytes.subarray(offset, offset + 4)].join('.'), port: viewOf(bytes).getUint16(offset + 4) };
}

function parseKey(key: string): ServiceAddress {
  const [ip = '', protocol, port] = key.split(' ');
  return { ip, protocol: protocol === '17' ? 17 : 6, port: Number(port) };
}

function sameAddresses(a: readonly SocketAddress[] | undefined, b: readonly SocketAddress[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every(({ ip, port }, index) => ip === b[index]?.ip && port === b[index]?.port);
}
