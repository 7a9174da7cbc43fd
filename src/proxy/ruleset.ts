import type { Fragment, MapName, Rule, Skeleton, SocketAddress, Verdict } from './model.ts';
import { mapNames } from './model.ts';

/** The whole ruleset, for the tracer and for a full sync. */
export interface Ruleset {
  readonly skeleton: Skeleton;
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  readonly affinitySets: ReadonlyMap<string, number>;
  readonly verdicts: ReadonlyMap<MapName, ReadonlyMap<string, Verdict>>;
  readonly hairpins: ReadonlySet<string>;
}

/** What one transaction changes. Chains and sets that nothing uses any more are emptied first and deleted later. */
export interface Changes {
  readonly addedSets: ReadonlyMap<string, number>;
  readonly addedChains: readonly string[];
  /** Chains whose rules are replaced as a whole, new ones included. */
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  readonly removedVerdicts: readonly (readonly [MapName, string])[];
  readonly addedVerdicts: readonly (readonly [MapName, string, Verdict])[];
  readonly removedHairpins: readonly string[];
  readonly addedHairpins: readonly string[];
  readonly unusedChains: readonly string[];
  readonly unusedSets: readonly string[];
}

type Claim = readonly [owner: string, value: Verdict | true];

/** Who wants an element: nearly always one owner, sometimes as many as there are Services. */
interface Claims {
  readonly first: Claim;
  readonly others: Map<string, Verdict | true> | undefined;
}

const noFragment: Fragment = {
  chains: new Map(),
  affinitySets: new Map(),
  verdicts: new Map(),
  hairpins: new Set(),
  udpDestinations: new Map(),
};

/**
 * The fragments of all owners, merged. Two owners may want the same element (one external address in two Services, one
 * hairpin endpoint behind two): the first by name has it, and it passes on when that one goes. `takeChanges` says
 * what has changed since it was last called, in time proportional to the change.
 */
export class RulesetTable {
  readonly #fragments = new Map<string, Fragment>();
  readonly #claims = new Map<string, Claims>();
  /** The fragments of changed owners as they were at the last `takeChanges`. */
  readonly #before = new Map<string, Fragment>();
  /** The winning claims of touched elements as they were at the last `takeChanges`. */
  readonly #winnersBefore = new Map<string, Verdict | true | undefined>();

  /** Replaces an owner's fragment; undefined takes it away. */
  set(owner: string, fragment: Fragment | undefined): void {
    const old = this.#fragments.get(owner) ?? noFragment;
    const next = fragment ?? noFragment;
    if (!this.#before.has(owner)) this.#before.set(owner, old);
    for (const [id] of elements(old)) this.#unclaim(id, owner);
    for (const [id, value] of elements(next)) this.#claim(id, owner, value);
    if (fragment === undefined) this.#fragments.delete(owner);
    else this.#fragments.set(owner, fragment);
  }

  owners(): IterableIterator<string> {
    return this.#fragments.keys();
  }

  get size(): number {
    return this.#fragments.size;
  }

  #claim(id: string, owner: string, value: Verdict | true): void {
    const claims = this.#claims.get(id);
    this.#noteWinner(id, claims?.first);
    if (claims === undefined) this.#claims.set(id, { first: [owner, value], others: undefined });
    else if (owner < claims.first[0]) {
      const others = (claims.others ?? new Map<string, Verdict | true>()).set(...claims.first);
      this.#claims.set(id, { first: [owner, value], others });
    } else {
      const others = (claims.others ?? new Map<string, Verdict | true>()).set(owner, value);
      this.#claims.set(id, { first: claims.first, others });
    }
  }

  #unclaim(id: string, owner: string): void {
    const claims = this.#claims.get(id);
    if (claims === undefined) return;
    const { first, others } = claims;
    this.#noteWinner(id, first);
    if (first[0] !== owner) {
      others?.delete(owner);
      return;
    }
    const next = others === undefined ? undefined : firstByName(others);
    if (next === undefined) this.#claims.delete(id);
    else {
      others?.delete(next[0]);
      this.#claims.set(id, { first: next, others });
    }
  }

  #noteWinner(id: string, winner: Claim | undefined): void {
    if (!this.#winnersBefore.has(id)) this.#winnersBefore.set(id, winner?.[1]);
  }

  /** The difference since the last call; undefined where there is none. */
  takeChanges(): Changes | undefined {
    const changes = { ...this.#chainChanges(), ...this.#elementChanges() };
    this.#before.clear();
    this.#winnersBefore.clear();
    const sizes = Object.values(changes).map((part) => ('size' in part ? part.size : part.length));
    return sizes.some((size) => size > 0) ? changes : undefined;
  }

  #chainChanges() {
    const addedSets = new Map<string, number>();
    const addedChains: string[] = [];
    const chains = new Map<string, readonly Rule[]>();
    const unusedChains: string[] = [];
    const unusedSets: string[] = [];
    for (const [owner, before] of this.#before) {
      const after = this.#fragments.get(owner) ?? noFragment;
      for (const [name, rules] of after.chains) {
        const old = before.chains.get(name);
        if (old === undefined) addedChains.push(name);
        if (old === undefined || JSON.stringify(old) !== JSON.stringify(rules)) chains.set(name, rules);
      }
      unusedChains.push(...[...before.chains.keys()].filter((name) => !after.chains.has(name)));
      for (const [name, seconds] of after.affinitySets) {
        if (!before.affinitySets.has(name)) addedSets.set(name, seconds);
      }
      unusedSets.push(...[...before.affinitySets.keys()].filter((name) => !after.affinitySets.has(name)));
    }
    return { addedSets, addedChains, chains, unusedChains, unusedSets };
  }

  #elementChanges() {
    const removedVerdicts: (readonly [MapName, string])[] = [];
    const addedVerdicts: (readonly [MapName, string, Verdict])[] = [];
    const removedHairpins: string[] = [];
    const addedHairpins: string[] = [];
    for (const [id, before] of this.#winnersBefore) {
      const after = this.#claims.get(id)?.first[1];
      if (sameValue(before, after)) continue;
      const [map, key] = splitId(id);
      if (map === undefined) {
        (after === undefined ? removedHairpins : addedHairpins).push(key);
        continue;
      }
      if (before !== undefined) removedVerdicts.push([map, key]);
      if (after !== undefined && after !== true) addedVerdicts.push([map, key, after]);
    }
    return { removedVerdicts, addedVerdicts, removedHairpins, addedHairpins };
  }

  /** The whole ruleset as it should be now. */
  ruleset(skeleton: Skeleton): Ruleset {
    const chains = new Map<string, readonly Rule[]>();
    const affinitySets = new Map<string, number>();
    for (const fragment of this.#fragments.values()) {
      for (const [name, rules] of fragment.chains) chains.set(name, rules);
      for (const [name, seconds] of fragment.affinitySets) affinitySets.set(name, seconds);
    }
    const verdicts = new Map(mapNames.map((map) => [map, new Map<string, Verdict>()]));
    const hairpins = new Set<string>();
    for (const [id, claims] of this.#claims) {
      const [map, key] = splitId(id);
      const [, value] = claims.first;
      if (map === undefined) hairpins.add(key);
      else if (value !== true) verdicts.get(map)?.set(key, value);
    }
    return { skeleton, chains, affinitySets, verdicts, hairpins };
  }

  /** Where UDP clients may send to and who may answer, of all owners. */
  udpDestinations(): ReadonlyMap<string, readonly SocketAddress[]> {
    const all = new Map<string, readonly SocketAddress[]>();
    for (const fragment of this.#fragments.values()) {
      for (const [key, endpoints] of fragment.udpDestinations) if (!all.has(key)) all.set(key, endpoints);
    }
    return all;
  }

  /** Whether what changed since the last `takeChanges` concerns UDP: call it before that. */
  udpChanged(): boolean {
    return [...this.#before].some(([owner, before]) => {
      const after = this.#fragments.get(owner) ?? noFragment;
      return JSON.stringify([...before.udpDestinations]) !== JSON.stringify([...after.udpDestinations]);
    });
  }
}

function* elements(fragment: Fragment): Generator<readonly [string, Verdict | true]> {
  for (const [map, verdicts] of fragment.verdicts) {
    for (const [key, verdict] of verdicts) yield [`${map}|${key}`, verdict];
  }
  for (const key of fragment.hairpins) yield [`|${key}`, true];
}

function firstByName(claims: ReadonlyMap<string, Verdict | true>): Claim | undefined {
  let first: Claim | undefined;
  for (const claim of claims) if (first === undefined || claim[0] < first[0]) first = claim;
  return first;
}

function splitId(id: string): readonly [MapName | undefined, string] {
  const bar = id.indexOf('|');
  return [bar === 0 ? undefined : (id.slice(0, bar) as MapName), id.slice(bar + 1)];
}

function sameValue(a: Verdict | true | undefined, b: Verdict | true | undefined): boolean {
  if (typeof a === 'object' && typeof b === 'object') return a.goto === b.goto;
  return a === b;
}
