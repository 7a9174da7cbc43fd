/**
 * The ruleset as a plain value: what the plan produces, what the tracer interprets, and what `nftables/` renders.
 * It can say only what the Service proxy needs, and holds no text that an API object's author chose.
 */

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** An IPv4 address and a port, both validated. */
export interface SocketAddress {
  readonly ip: string;
  readonly port: number;
}

/** A condition of a rule; all of a rule's conditions must hold. */
export type Match =
  | { readonly match: 'new-connection' }
  | { readonly match: 'source'; readonly in: readonly string[]; readonly not?: true }
  | { readonly match: 'destination'; readonly in: readonly string[]; readonly not?: true }
  /** The source is one of the node's own addresses, loopback included. */
  | { readonly match: 'source-is-local' }
  | { readonly match: 'source-in-set'; readonly set: string }
  | { readonly match: 'destination-in-set'; readonly set: SetName }
  | { readonly match: 'protocol'; readonly protocol: Protocol }
  /** Holds for one packet of so many, at random. */
  | { readonly match: 'chance'; readonly of: number }
  | { readonly match: 'marked' }
  /** Source, destination, protocol and destination port are in `hairpin-connections`. */
  | { readonly match: 'hairpin' };

export type Action =
  | { readonly action: 'jump' | 'goto'; readonly chain: string }
  /** Looks the packet up in a verdict map; goes on with the next rule where nothing is found. */
  | { readonly action: 'lookup'; readonly map: MapName }
  /** Translates the destination to one of these, chosen at random. */
  | { readonly action: 'translate'; readonly to: readonly SocketAddress[] }
  /** Goes to one of these chains, chosen at random. */
  | { readonly action: 'choose'; readonly chains: readonly string[] }
  /** Notes the client in an affinity set, whose timeout starts anew. */
  | { readonly action: 'remember-source'; readonly set: string }
  | { readonly action: 'mark' }
  | { readonly action: 'masquerade' }
  | { readonly action: 'reject'; readonly with: 'tcp-reset' | 'port-unreachable' }
  | { readonly action: 'drop' };

export interface Rule {
  readonly matches: readonly Match[];
  readonly actions: readonly Action[];
}

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** Where the kernel enters a chain; chains without one are entered by a jump. */
export interface HookPoint {
  readonly type: 'filter' | 'nat';
  readonly hook: Hook;
  readonly priority: number;
}

/** Verdict maps by what they are looked up with. */
export const mapKeys = {
  'service-ips': 'address-protocol-port',
  'no-endpoint-services': 'address-protocol-port',
  'cluster-ips': 'address',
  'firewall-ips': 'address-protocol-port',
  'host-port-ips': 'address-protocol-port',
  'service-nodeports': 'protocol-port',
  'no-endpoint-nodeports': 'protocol-port',
  'host-ports': 'protocol-port',
} as const;

export type MapName = keyof typeof mapKeys;
export const mapNames = Object.keys(mapKeys) as readonly MapName[];

/** Sets of the skeleton; affinity sets come and go with their Services. */
export type SetName = 'nodeport-ips' | 'hairpin-connections';

export type Verdict = { readonly goto: string } | 'drop';

/** The rules that one Service, or one pod's host ports, adds to the skeleton. */
export interface Fragment {
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  /** Affinity sets with their timeouts in seconds. */
  readonly affinitySets: ReadonlyMap<string, number>;
  /** Elements of the verdict maps, by map and key. */
  readonly verdicts: ReadonlyMap<MapName, ReadonlyMap<string, Verdict>>;
  /** Elements of `hairpin-connections`. */
  readonly hairpins: ReadonlySet<string>;
  /** Where UDP clients send to, and the endpoints that may answer them: what conntrack must agree with. */
  readonly udpDestinations: ReadonlyMap<string, readonly SocketAddress[]>;
}

export interface SkeletonChain {
  readonly name: string;
  readonly hook?: HookPoint;
  readonly rules: readonly Rule[];
}

/** The part that depends on the node's configuration alone. */
export interface Skeleton {
  readonly chains: readonly SkeletonChain[];
  /** Elements of `nodeport-ips`: addresses and ranges. */
  readonly nodePortAddresses: readonly string[];
}

const protocolNumbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;

export function protocolNumber(protocol: Protocol): number {
  return protocolNumbers[protocol];
}

/** The key of an `address-protocol-port` element, in nft's own notation. */
export function addressKey(ip: string, protocol: Protocol, port: number): string {
  return `${ip} . ${protocolNumber(protocol)} . ${port}`;
}

/** The key of a `protocol-port` element. */
export function portKey(protocol: Protocol, port: number): string {
  return `${protocolNumber(protocol)} . ${port}`;
}

/** The key of an element of `hairpin-connections`: an endpoint that calls itself. */
export function hairpinKey(endpoint: SocketAddress, protocol: Protocol): string {
  return `${endpoint.ip} . ${endpoint.ip} . ${protocolNumber(protocol)} . ${endpoint.port}`;
}
