import type { Fragment, MapName, Protocol, Rule, SocketAddress, Verdict } from '../model.ts';
import { hairpinKey } from '../model.ts';

/** Collects the parts of a fragment while it is planned. */
export class FragmentBuilder {
  readonly #chains = new Map<string, readonly Rule[]>();
  readonly #affinitySets = new Map<string, number>();
  readonly #verdicts = new Map<MapName, Map<string, Verdict>>();
  readonly #hairpins = new Set<string>();
  readonly #udpDestinations = new Map<string, readonly SocketAddress[]>();

  chain(name: string, rules: readonly Rule[]): string {
    this.#chains.set(name, rules);
    return name;
  }

  affinitySet(name: string, seconds: number): string {
    this.#affinitySets.set(name, seconds);
    return name;
  }

  verdict(map: MapName, key: string, verdict: Verdict): void {
    let elements = this.#verdicts.get(map);
    if (elements === undefined) this.#verdicts.set(map, (elements = new Map()));
    if (!elements.has(key)) elements.set(key, verdict);
  }

  hairpin(endpoint: SocketAddress, protocol: Protocol): void {
    this.#hairpins.add(hairpinKey(endpoint, protocol));
  }

  /** Notes where UDP datagrams may go, as `address:port`, or `:port` for a port of every node address. */
  udpDestination(key: string, endpoints: readonly SocketAddress[]): void {
    this.#udpDestinations.set(key, endpoints);
  }

  /** The parts; those that are empty, as most are, are shared by all fragments. */
  build(): Fragment {
    return {
      chains: orEmpty(this.#chains),
      affinitySets: orEmpty(this.#affinitySets),
      verdicts: orEmpty(this.#verdicts),
      hairpins: this.#hairpins.size === 0 ? noStrings : this.#hairpins,
      udpDestinations: orEmpty(this.#udpDestinations),
    };
  }
}

const noEntries: ReadonlyMap<unknown, unknown> = new Map();
const noStrings: ReadonlySet<string> = new Set();

function orEmpty<K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  return map.size === 0 ? (noEntries as ReadonlyMap<K, V>) : map;
}
