import { rangeOf } from '../../../system/ipv4.ts';
import type { Action, Match, Rule } from '../../model.ts';
import { protocolNumber } from '../../model.ts';
import { masqueradeMark, ruleText, tableName } from '../render.ts';
import type { BatchWriter } from './batch.ts';
import { addressBytes, hostBytes, portBytes } from './keys.ts';
import type { OwnSet } from './sets.ts';
import { writeRandomMap, writeRangeSet, writeVerdict } from './sets.ts';

/** A rule that this encoder does not know: `nft` itself must carry it out. */
export class UnknownRuleError extends Error {
  readonly code = 'UNKNOWN_RULE';
  constructor(what: string) {
    super(`no netlink form of ${what}`);
    this.name = 'UnknownRuleError';
  }
}

const registers = { verdict: 0, first: 1, second: 2, firstPort: 9 } as const;
const metaKeys = { mark: 3, protocol: 16 } as const;
const operators = { equal: 0, unequal: 1 } as const;
const network = { base: 1, sourceOffset: 12, destinationOffset: 16 } as const;
const natSpecifiesPort = 2;
const localAddressType = 2;

/** Adds one rule to the end of a chain, after the maps and sets that it alone uses. */
export function writeRule(batch: BatchWriter, chain: string, rule: Rule): void {
  const sets = new Map<Match | Action, OwnSet>();
  for (const part of [...rule.matches, ...rule.actions]) {
    const set = writeOwnSet(batch, part);
    if (set !== undefined) sets.set(part, set);
  }
  batch.message('newRule', `add rule ip ${tableName} ${chain} ${ruleText(rule)}`, () => {
    batch.text(1, tableName);
    batch.text(2, chain);
    batch.nest(4, () => {
      const writer = new ExpressionWriter(batch, sets);
      for (const match of rule.matches) writer.match(match);
      for (const action of rule.actions) writer.action(action);
    });
  });
}

function writeOwnSet(batch: BatchWriter, part: Match | Action): OwnSet | undefined {
  if ('match' in part) {
    const many = (part.match === 'source' || part.match === 'destination') && part.in.length > 1;
    return many ? writeRangeSet(batch, part.in) : undefined;
  }
  if (part.action === 'translate' && part.to.length > 1) {
    const targets = part.to.map(({ ip, port }) => Buffer.concat([addressBytes(ip), portBytes(port), Buffer.alloc(2)]));
    return writeRandomMap(batch, targets);
  }
  if (part.action !== 'choose' || part.chains.length < 2) return undefined;
  return writeRandomMap(
    batch,
    part.chains.map((chain) => ({ goto: chain })),
  );
}

class ExpressionWriter {
  readonly #batch: BatchWriter;
  readonly #sets: ReadonlyMap<Match | Action, OwnSet>;

  constructor(batch: BatchWriter, sets: ReadonlyMap<Match | Action, OwnSet>) {
    this.#batch = batch;
    this.#sets = sets;
  }

  match(match: Match): void {
    switch (match.match) {
      case 'source':
        return this.#address(network.sourceOffset, match);
      case 'destination':
        return this.#address(network.destinationOffset, match);
      case 'source-is-local':
        this.#expression('fib', [1, registers.first], [2, 3], [3, 1]);
        return this.#compare('equal', hostBytes(localAddressType));
      case 'source-in-set':
        this.#loadAddress(network.sourceOffset, 4);
        return this.#lookUp(match.set);
      case 'protocol':
        this.#expression('meta', [2, metaKeys.protocol], [1, registers.first]);
        return this.#compare('equal', Buffer.of(protocolNumber(match.protocol)));
      case 'chance':
        this.#random(match.of);
        return this.#compare('equal', hostBytes(0));
      default:
        throw new UnknownRuleError(match.match);
    }
  }

  action(action: Action): void {
    switch (action.action) {
      case 'jump':
      case 'goto':
        return this.#verdict(action.action, action.chain);
      case 'drop':
        return this.#verdict('drop');
      case 'translate':
        return this.#translate(action);
      case 'choose':
        return this.#choose(action);
      case 'remember-source':
        this.#loadAddress(network.sourceOffset, 4);
        return this.#write('dynset', () => {
          this.#batch.text(1, action.set);
          this.#batch.number(3, 1);
          this.#batch.number(4, registers.first);
        });
      case 'mark':
        this.#expression('meta', [2, metaKeys.mark], [1, registers.first]);
        this.#bitwise(hostBytes(~masqueradeMark), hostBytes(masqueradeMark));
        return this.#expression('meta', [2, metaKeys.mark], [3, registers.first]);
      default:
        throw new UnknownRuleError(action.action);
    }
  }

  #address(offset: number, match: Match & { match: 'source' | 'destination' }): void {
    const not = match.not === true;
    const set = this.#sets.get(match);
    if (set !== undefined) {
      this.#loadAddress(offset, 4);
      return this.#lookUp(set.name, { id: set.id, not });
    }
    const [range] = match.in.map(rangeOf);
    if (range === undefined) throw new UnknownRuleError('a match of no address');
    const address = Buffer.alloc(4);
    address.writeUInt32BE(range.base);
    // Whole bytes are compared as such; what ends within a byte is masked.
    const whole = range.bits % 8 === 0 && range.bits > 0;
    const size = whole ? range.bits / 8 : 4;
    this.#loadAddress(offset, size);
    if (!whole) {
      const mask = Buffer.alloc(4);
      mask.writeUInt32BE(2 ** 32 - 2 ** (32 - range.bits));
      this.#bitwise(mask, Buffer.alloc(4));
    }
    this.#compare(not ? 'unequal' : 'equal', address.subarray(0, size));
  }

  #translate(action: Action & { action: 'translate' }): void {
    const set = this.#sets.get(action);
    if (set === undefined) {
      const [target] = action.to;
      if (target === undefined) throw new RangeError('a translation needs an endpoint');
      this.#immediate(registers.first, addressBytes(target.ip));
      this.#immediate(registers.second, portBytes(target.port));
      this.#expression('nat', [1, 1], [2, 2], [3, registers.first], [5, registers.second], [7, natSpecifiesPort]);
      return;
    }
    this.#random(action.to.length);
    this.#lookUp(set.name, { id: set.id, into: registers.first });
    this.#expression('nat', [1, 1], [2, 2], [3, registers.first], [5, registers.firstPort]);
  }

  #choose(action: Action & { action: 'choose' }): void {
    const set = this.#sets.get(action);
    if (set === undefined) return this.#verdict('goto', action.chains[0]);
    this.#random(action.chains.length);
    this.#lookUp(set.name, { id: set.id, into: registers.verdict });
  }

  #random(below: number): void {
    this.#expression('numgen', [1, registers.first], [2, below], [3, 1], [4, 0]);
  }

  #loadAddress(offset: number, size: number): void {
    this.#expression('payload', [1, registers.first], [2, network.base], [3, offset], [4, size]);
  }

  #lookUp(name: string, { id, not, into }: { id?: number; not?: boolean; into?: number } = {}): void {
    this.#write('lookup', () => {
      this.#batch.text(1, name);
      this.#batch.number(2, registers.first);
      if (into !== undefined) this.#batch.number(3, into);
      if (id !== undefined) this.#batch.number(4, id);
      if (not === true) this.#batch.number(5, 1);
    });
  }

  #compare(operator: keyof typeof operators, data: Uint8Array): void {
    this.#write('cmp', () => {
      this.#batch.number(1, registers.first);
      this.#batch.number(2, operators[operator]);
      this.#batch.nest(3, () => this.#batch.bytes(1, data));
    });
  }

  #bitwise(mask: Uint8Array, flip: Uint8Array): void {
    this.#write('bitwise', () => {
      this.#batch.number(1, registers.first);
      this.#batch.number(2, registers.first);
      this.#batch.number(3, 4);
      this.#batch.nest(4, () => this.#batch.bytes(1, mask));
      this.#batch.nest(5, () => this.#batch.bytes(1, flip));
    });
  }

  #immediate(register: number, data: Uint8Array): void {
    this.#write('immediate', () => {
      this.#batch.number(1, register);
      this.#batch.nest(2, () => this.#batch.bytes(1, data));
    });
  }

  #verdict(code: 'jump' | 'goto' | 'drop', chain?: string): void {
    this.#write('immediate', () => {
      this.#batch.number(1, registers.verdict);
      this.#batch.nest(2, () => writeVerdict(this.#batch, code, chain));
    });
  }

  #expression(name: string, ...numbers: readonly (readonly [type: number, value: number])[]): void {
    this.#write(name, () => {
      for (const [type, value] of numbers) this.#batch.number(type, value);
    });
  }

  #write(name: string, body: () => void): void {
    this.#batch.nest(1, () => {
      this.#batch.text(1, name);
      this.#batch.nest(2, body);
    });
  }
}
