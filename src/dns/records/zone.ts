import type { StartOfAuthority } from '../wire/record.ts';

/** The cluster's zone. */
export interface Zone {
  /** In lower case without a dot at the end, e.g. `cluster.local`. */
  readonly domain: string;
  /** The addresses that this server answers on: those of `ns.dns.<domain>`. */
  readonly serverAddresses: readonly string[];
  /** Of every record, and of the absence of one, in seconds. */
  readonly ttl: number;
}

/** The version of the specification that the records follow. */
export const specificationVersion = '1.1.0';

/** The zone's SOA at a state of the index. */
export function startOfAuthority(zone: Zone, serial: number): StartOfAuthority {
  return {
    server: `ns.dns.${zone.domain}`,
    mailbox: `hostmaster.${zone.domain}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: zone.ttl,
  };
}

/** A name without the zone at its end: `''` for the zone itself, undefined for a name outside. */
export function relativeName(name: string, domain: string): string | undefined {
  if (name.length === domain.length) return name === domain ? '' : undefined;
  const at = name.length - domain.length - 1;
  if (at < 0 || name[at] !== '.' || !name.endsWith(domain)) return undefined;
  // An escaped dot is part of a label, not the end of one.
  return name[at - 1] === '\\' ? undefined : name.slice(0, at);
}
