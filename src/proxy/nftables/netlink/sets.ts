import { rangeOf } from '../../../system/ipv4.ts';
import type { Verdict } from '../../model.ts';
import { tableName } from '../render.ts';
import type { BatchWriter } from './batch.ts';
import { hostBytes } from './keys.ts';

export const verdictCodes = { drop: 0, goto: -4, jump: -3 } as const;
export const intervalEnd = 1;

/** One element on its way to the kernel. */
export interface Element {
  readonly key: Uint8Array;
  readonly verdict?: Verdict;
  readonly data?: Uint8Array;
  /** The first address after a range, rather than the first of one. */
  readonly isEnd?: boolean;
}

/** A verdict's attributes, inside whatever holds it. */
export function writeVerdict(batch: BatchWriter, code: keyof typeof verdictCodes, chain?: string): void {
  batch.nest(2, () => {
    batch.number(1, verdictCodes[code]);
    if (chain !== undefined) batch.text(2, chain);
  });
}

/** Elements a message: an attribute holds less than 64 kB. */
const elementsPerMessage = 500;

/** Adds elements to a set or map, or deletes them; `id` tells a set that this transaction makes without a name. */
export function writeElements(
  batch: BatchWriter,
  command: 'add' | 'delete',
  set: { readonly name: string; readonly id?: number },
  elements: readonly Element[],
): void {
  for (let start = 0; start < elements.length; start += elementsPerMessage) {
    const part = elements.slice(start, start + elementsPerMessage);
    const says = `${command} element ip ${tableName} ${set.name} (${part.length})`;
    batch.message(command === 'add' ? 'newElement' : 'deleteElement', says, () => {
      batch.text(1, tableName);
      batch.text(2, set.name);
      if (set.id !== undefined) batch.number(4, set.id);
      batch.nest(3, () => {
        for (const element of part) writeElement(batch, element);
      });
    });
  }
}

function writeElement(batch: BatchWriter, { key, verdict, data, isEnd }: Element): void {
  batch.nest(1, () => {
    if (isEnd === true) batch.number(3, intervalEnd);
    batch.nest(1, () => batch.bytes(1, key));
    if (data !== undefined) batch.nest(2, () => batch.bytes(1, data));
    if (verdict === 'drop') batch.nest(2, () => writeVerdict(batch, 'drop'));
    else if (verdict !== undefined) batch.nest(2, () => writeVerdict(batch, 'goto', verdict.goto));
  });
}

const flags = { anonymous: 1, constant: 2, interval: 4, map: 8, timeout: 16, dynamic: 32 } as const;
/** nft's numbers for types, by which it prints what the kernel holds. */
const types = { address: 7, random: 4, addressAndPort: 0x1cd, verdict: 0xffff_ff00 } as const;
/** What nft notes for itself: the byte order of keys (1: the machine's, 2: the network's) and of data. */
const notes = {
  address: '000402000000',
  ranges: '000402000000020401000000',
  random: '000401000000010400000000060400000000',
} as const;
/** The size that nft gives to sets which packets fill. */
const dynamicSetSize = 65_535;

/** A set that notes clients for a time, in seconds. */
export function writeAffinitySet(batch: BatchWriter, name: string, seconds: number): void {
  batch.message('newSet', `add set ip ${tableName} ${name}`, () => {
    batch.text(1, tableName);
    batch.text(2, name);
    batch.number(3, flags.timeout | flags.dynamic);
    batch.number(4, types.address);
    batch.number(5, 4);
    batch.number(10, batch.nextSet());
    const timeout = Buffer.alloc(8);
    timeout.writeBigUInt64BE(BigInt(seconds) * 1000n);
    batch.bytes(11, timeout);
    batch.nest(9, () => batch.number(1, dynamicSetSize));
    batch.bytes(13, Buffer.from(notes.address, 'hex'));
  });
}

/** A set or map that belongs to the rule that comes next: its name is chosen by the kernel. */
export interface OwnSet {
  readonly name: string;
  readonly id: number;
}

/** A map from random numbers, 0 to one less than there are values, to verdicts, or to addresses with their ports. */
export function writeRandomMap(batch: BatchWriter, values: readonly (Verdict | Uint8Array)[]): OwnSet {
  const set = { name: '__map%d', id: batch.nextSet() };
  const toVerdicts = !(values[0] instanceof Uint8Array);
  batch.message('newSet', `add map ip ${tableName} ${set.name}`, () => {
    batch.text(1, tableName);
    batch.text(2, set.name);
    batch.number(3, flags.anonymous | flags.constant | flags.map);
    batch.number(4, types.random);
    batch.number(5, 4);
    batch.number(6, toVerdicts ? types.verdict : types.addressAndPort);
    batch.number(7, toVerdicts ? 0 : 8);
    batch.number(10, set.id);
    batch.nest(9, () => batch.number(1, values.length));
    batch.bytes(13, Buffer.from(notes.random, 'hex'));
  });
  const elements = values.map((value, index): Element => {
    const key = hostBytes(index);
    return value instanceof Uint8Array ? { key, data: value } : { key, verdict: value };
  });
  writeElements(batch, 'add', set, elements);
  return set;
}

/** A set of addresses, given as canonical ranges in ascending order. */
export function writeRangeSet(batch: BatchWriter, ranges: readonly string[]): OwnSet {
  const set = { name: '__set%d', id: batch.nextSet() };
  const elements = rangeElements(ranges);
  batch.message('newSet', `add set ip ${tableName} ${set.name}`, () => {
    batch.text(1, tableName);
    batch.text(2, set.name);
    batch.number(3, flags.anonymous | flags.constant | flags.interval);
    batch.number(4, types.address);
    batch.number(5, 4);
    batch.number(10, set.id);
    batch.nest(9, () => batch.number(1, elements.length));
    batch.bytes(13, Buffer.from(notes.ranges, 'hex'));
  });
  writeElements(batch, 'add', set, elements);
  return set;
}

/**
 * Ranges as the kernel wants them: the first address of each, and the first after it; neighbours become one. Where the
 * lowest range does not begin at 0.0.0.0, nft says that what comes before it is in no range.
 */
export function rangeElements(ranges: readonly string[]): readonly Element[] {
  const bounds: { start: number; end: number }[] = [];
  for (const { base, bits } of ranges.map(rangeOf)) {
    const end = base + 2 ** (32 - bits);
    const last = bounds.at(-1);
    if (last?.end === base) last.end = end;
    else bounds.push({ start: base, end });
  }
  const key = (address: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(address);
    return bytes;
  };
  const before: readonly Element[] = bounds[0]?.start === 0 ? [] : [{ key: key(0), isEnd: true }];
  return [
    ...before,
    ...bounds.flatMap(({ start, end }): readonly Element[] => {
      const first = { key: key(start) };
      return end >= 2 ** 32 ? [first] : [first, { key: key(end), isEnd: true }];
    }),
  ];
}
