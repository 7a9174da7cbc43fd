import type { Action, Hook, Match, Protocol, Rule, SocketAddress } from '../model.ts';
import { addressKey, hairpinKey, mapKeys, portKey, protocolNumber } from '../model.ts';
import type { Ruleset } from '../ruleset.ts';
import { inRanges } from '../../system/ipv4.ts';

/** The first packet of a connection. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number;
}

export interface TraceOptions {
  /** A process of the node sends it; otherwise it arrives on an interface. */
  readonly fromNode?: boolean;
  /** Addresses of the node itself: loopback, its own, and those that it serves. */
  readonly localAddresses: readonly string[];
  /** Affinity: the sets that know the packet's source. */
  readonly rememberedIn?: readonly string[];
}

/** Where a packet ends; one outcome for each random choice. */
export interface Outcome {
  readonly verdict: 'delivered' | 'refused' | 'dropped';
  /** Where it is delivered to: `address:port`. */
  readonly to?: string;
  /** Whether the receiver sees the node instead of the client. */
  readonly masqueraded?: true;
  /** Affinity sets that noted the client on the way. */
  readonly remembered?: readonly string[];
}

interface State {
  readonly packet: Packet;
  readonly marked: boolean;
  readonly masqueraded: boolean;
  readonly translated: boolean;
  readonly remembered: readonly string[];
  readonly end?: 'refused' | 'dropped' | 'accepted';
}

/** All ends that a packet may come to, in the order of the choices, without duplicates. */
export function trace(ruleset: Ruleset, packet: Packet, options: TraceOptions): readonly Outcome[] {
  const tracer = new Tracer(ruleset, options);
  const start: State = { packet, marked: false, masqueraded: false, translated: false, remembered: [] };
  const entry: Hook = options.fromNode === true ? 'output' : 'prerouting';
  // The filter chain of the output hook comes after translation; that of prerouting at -110 comes before.
  let states = tracer.hook(entry, [start]);
  states = states.flatMap((state) => {
    if (ended(state)) return [state];
    const local = inRanges(state.packet.destination, options.localAddresses);
    if (options.fromNode === true) {
      const after = tracer.hook('postrouting', [state]);
      return local ? tracer.hook('input', after) : after;
    }
    return local ? tracer.hook('input', [state]) : tracer.hook('postrouting', tracer.hook('forward', [state]));
  });
  const outcomes = states.map(outcomeOf);
  return [...new Map(outcomes.map((outcome) => [JSON.stringify(outcome), outcome])).values()];
}

/** The outcomes in short: `10.0.0.1:80`, `10.0.0.1:80 masqueraded`, `refused`, `dropped`. */
export function traceText(ruleset: Ruleset, packet: Packet, options: TraceOptions): readonly string[] {
  return trace(ruleset, packet, options).map(({ verdict, to, masqueraded }) => {
    return verdict === 'delivered' ? `${to}${masqueraded === true ? ' masqueraded' : ''}` : verdict;
  });
}

function ended({ end }: State): boolean {
  return end === 'refused' || end === 'dropped';
}

function outcomeOf({ end, packet, masqueraded, remembered }: State): Outcome {
  if (end === 'refused' || end === 'dropped') return { verdict: end };
  return {
    verdict: 'delivered',
    to: `${packet.destination}:${packet.port}`,
    ...(masqueraded ? { masqueraded } : {}),
    ...(remembered.length > 0 ? { remembered } : {}),
  };
}

class Tracer {
  readonly #ruleset: Ruleset;
  readonly #options: TraceOptions;
  readonly #chains: ReadonlyMap<string, readonly Rule[]>;

  constructor(ruleset: Ruleset, options: TraceOptions) {
    this.#ruleset = ruleset;
    this.#options = options;
    this.#chains = new Map([
      ...ruleset.skeleton.chains.map(({ name, rules }) => [name, rules] as const),
      ...ruleset.chains,
    ]);
  }

  /** Runs a hook's chains in the order of their priorities. */
  hook(hook: Hook, states: readonly State[]): readonly State[] {
    const chains = this.#ruleset.skeleton.chains
      .flatMap((chain) => (chain.hook?.hook === hook ? [{ priority: chain.hook.priority, rules: chain.rules }] : []))
      .toSorted((a, b) => a.priority - b.priority);
    return chains.reduce<readonly State[]>((current, { rules }) => {
      return current.flatMap((state) => (ended(state) ? [state] : this.#rules(rules, state).map(resume)));
    }, states);
  }

  /** Runs rules; what comes back without an `end` fell through. */
  #rules(rules: readonly Rule[], state: State): readonly State[] {
    const [first, ...rest] = rules;
    if (first === undefined) return [state];
    const met = first.matches.every((match) => this.#matches(match, state));
    const after = met ? [...this.#actions(first.actions, state)] : [];
    if (!met || first.matches.some(({ match }) => match === 'chance')) after.push({ state, next: true });
    return after.flatMap(({ state: then, next }) => (next ? this.#rules(rest, then) : [then]));
  }

  /** `next` says whether the chain's next rule comes after. */
  #actions(actions: readonly Action[], state: State): readonly { state: State; next: boolean }[] {
    const [first, ...rest] = actions;
    if (first === undefined) return [{ state, next: true }];
    switch (first.action) {
      case 'mark':
        return this.#actions(rest, { ...state, marked: true });
      case 'remember-source':
        return this.#actions(rest, { ...state, remembered: [...state.remembered, first.set] });
      case 'jump':
        return this.#chain(first.chain, state).flatMap((after) =>
          after.end === undefined ? this.#actions(rest, after) : [{ state: after, next: false }],
        );
      case 'goto':
        return this.#goto(first.chain, state);
      case 'choose':
        return first.chains.flatMap((chain) => this.#goto(chain, state));
      case 'lookup': {
        const { destination, protocol, port } = state.packet;
        const keys = {
          address: destination,
          'address-protocol-port': addressKey(destination, protocol, port),
          'protocol-port': portKey(protocol, port),
        };
        const verdict = this.#ruleset.verdicts.get(first.map)?.get(keys[mapKeys[first.map]]);
        if (verdict === undefined) return [{ state, next: true }];
        if (verdict === 'drop') return [{ state: { ...state, end: 'dropped' }, next: false }];
        return this.#goto(verdict.goto, state);
      }
      case 'translate':
        return first.to.map((to) => ({ state: translate(state, to), next: false }));
      case 'masquerade':
        return [{ state: { ...state, marked: false, masqueraded: true, end: 'accepted' }, next: false }];
      case 'reject':
        return [{ state: { ...state, end: 'refused' }, next: false }];
      case 'drop':
        return [{ state: { ...state, end: 'dropped' }, next: false }];
    }
  }

  /** A goto does not come back: falling through its chain ends the base chain with its policy, accept. */
  #goto(chain: string, state: State): readonly { state: State; next: boolean }[] {
    return this.#chain(chain, state).map((after) => ({
      state: after.end === undefined ? { ...after, end: 'accepted' } : after,
      next: false,
    }));
  }

  #chain(name: string, state: State): readonly State[] {
    const rules = this.#chains.get(name);
    if (rules === undefined) throw new Error(`no chain ${name}`);
    return this.#rules(rules, state);
  }

  #matches(match: Match, { packet, marked }: State): boolean {
    const { skeleton, hairpins } = this.#ruleset;
    switch (match.match) {
      case 'new-connection':
      case 'chance':
        return true;
      case 'source':
        return inRanges(packet.source, match.in) !== (match.not === true);
      case 'destination':
        return inRanges(packet.destination, match.in) !== (match.not === true);
      case 'source-is-local':
        return inRanges(packet.source, this.#options.localAddresses);
      case 'source-in-set':
        return this.#options.rememberedIn?.includes(match.set) ?? false;
      case 'destination-in-set':
        return inRanges(packet.destination, skeleton.nodePortAddresses);
      case 'protocol':
        return protocolNumber(match.protocol) === protocolNumber(packet.protocol);
      case 'marked':
        return marked;
      case 'hairpin': {
        const { source, destination: ip, protocol, port } = packet;
        return source === ip && hairpins.has(hairpinKey({ ip, port }, protocol));
      }
    }
  }
}

function translate(state: State, to: SocketAddress): State {
  const packet = { ...state.packet, destination: to.ip, port: to.port };
  return { ...state, packet, translated: true, end: 'accepted' };
}

/** Accepting ends a base chain only; the next hook goes on. */
function resume(state: State): State {
  if (state.end !== 'accepted') return state;
  const { end: _, ...rest } = state;
  return rest;
}
