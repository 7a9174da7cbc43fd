/** Record types by name (https://www.iana.org/assignments/dns-parameters). */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MINFO: 14,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  SIG: 24,
  PX: 26,
  AAAA: 28,
  NXT: 30,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** Response codes; BADVERS needs EDNS, as it does not fit the header's four bits. */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export const classes = { IN: 1 } as const;

const typeNames = new Map<number, string>(Object.entries(recordTypes).map(([name, number]) => [number, name]));
const rcodeNames = new Map<number, string>(Object.entries(rcodes).map(([name, number]) => [number, name]));

/** `AAAA`, or `TYPE999` for a type without a name here (RFC 3597). */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** `NXDOMAIN`, or the number for a code without a name here. */
export function rcodeName(code: number): string {
  return rcodeNames.get(code) ?? String(code);
}

/** Bits of the header's third and fourth byte, read as one number. */
export const flags = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authenticData: 0x0020,
  checkingDisabled: 0x0010,
} as const;

/** The largest UDP message without EDNS, and the one we accept and send with it (https://www.dnsflagday.net/2020/). */
export const plainUdpSize = 512;
export const ednsUdpSize = 1232;
export const headerSize = 12;
