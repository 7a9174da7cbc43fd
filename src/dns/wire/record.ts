import { recordTypes } from './constants.ts';

/**
 * A resource record of class IN. `data` is the record's content in order: bytes as they stand, and names as text, so
 * that names can be compressed anew in another message.
 */
export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: readonly (Uint8Array | string)[];
}

/** Types whose names may be compressed when they are sent (RFC 3597, section 4). */
export const compressibleTypes: ReadonlySet<number> = new Set([
  recordTypes.NS,
  recordTypes.CNAME,
  recordTypes.SOA,
  recordTypes.MINFO,
  recordTypes.PTR,
  recordTypes.MX,
]);

/**
 * Where names stand in the data of the types that may arrive compressed (RFC 3597, section 4): a number is that many
 * bytes, `name` a name, `text` a string with its length; whatever follows is bytes.
 */
export const dataLayouts: ReadonlyMap<number, readonly (number | 'name' | 'text')[]> = new Map([
  [recordTypes.NS, ['name']],
  [recordTypes.CNAME, ['name']],
  [recordTypes.SOA, ['name', 'name']],
  [recordTypes.MINFO, ['name', 'name']],
  [recordTypes.PTR, ['name']],
  [recordTypes.MX, [2, 'name']],
  [recordTypes.RP, ['name', 'name']],
  [recordTypes.AFSDB, [2, 'name']],
  [recordTypes.RT, [2, 'name']],
  [recordTypes.SIG, [18, 'name']],
  [recordTypes.RRSIG, [18, 'name']],
  [recordTypes.PX, [2, 'name', 'name']],
  [recordTypes.NXT, ['name']],
  [recordTypes.NSEC, ['name']],
  [recordTypes.SRV, [6, 'name']],
  [recordTypes.NAPTR, [4, 'text', 'text', 'text', 'name']],
  [recordTypes.KX, [2, 'name']],
  [recordTypes.DNAME, ['name']],
] as const);

/** An A or AAAA record; `address` is 4 or 16 bytes. */
export function addressRecord(name: string, ttl: number, address: Uint8Array): ResourceRecord {
  return { name, type: address.length === 4 ? recordTypes.A : recordTypes.AAAA, ttl, data: [address] };
}

/** A record whose content is one name: CNAME, NS, PTR. */
export function nameRecord(name: string, type: number, ttl: number, target: string): ResourceRecord {
  return { name, type, ttl, data: [target] };
}

export interface ServiceTarget {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export function srvRecord(name: string, ttl: number, service: ServiceTarget): ResourceRecord {
  const { priority, weight, port, target } = service;
  const numbers = Uint8Array.of(priority >> 8, priority & 255, weight >> 8, weight & 255, port >> 8, port & 255);
  return { name, type: recordTypes.SRV, ttl, data: [numbers, target] };
}

/** Character strings with their lengths, as TXT and HINFO hold them; each at most 255 bytes. */
export function textRecord(name: string, type: number, ttl: number, texts: readonly string[]): ResourceRecord {
  const data = texts.map((text) => Buffer.concat([Uint8Array.of(Buffer.byteLength(text)), Buffer.from(text)]));
  return { name, type, ttl, data };
}

export interface StartOfAuthority {
  readonly server: string;
  readonly mailbox: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** How long a resolver may remember that a name does not exist, in seconds. */
  readonly minimum: number;
}

export function soaRecord(name: string, ttl: number, soa: StartOfAuthority): ResourceRecord {
  const numbers = Buffer.alloc(20);
  [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].forEach((value, index) =>
    numbers.writeUInt32BE(value >>> 0, index * 4),
  );
  return { name, type: recordTypes.SOA, ttl, data: [soa.server, soa.mailbox, numbers] };
}

/** How long a negative answer that carries this SOA may be kept, in seconds (RFC 2308, section 5). */
export function negativeTtl(soa: ResourceRecord): number {
  const numbers = soa.data[2];
  if (typeof numbers !== 'object' || numbers.length < 20) return 0;
  const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return Math.min(soa.ttl, view.getUint32(16));
}
