import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rule } from '../../plan/skeleton.ts';
import { checkAnswers } from './answers.ts';
import { BatchWriter } from './batch.ts';
import { encodeChanges, encodeDeletions } from './encode.ts';
import { keyBytes } from './keys.ts';
import { UnknownRuleError } from './rules.ts';
import { rangeElements } from './sets.ts';

const nothing = {
  addedSets: new Map(),
  addedChains: [],
  chains: new Map(),
  removedVerdicts: [],
  addedVerdicts: [],
  removedHairpins: [],
  addedHairpins: [],
  unusedChains: [],
  unusedSets: [],
};

/** The messages of a batch: type, flags, sequence number, and the rest as hexadecimal digits. */
function messagesOf(bytes: Uint8Array): readonly (readonly [number, number, number, string])[] {
  const view = Buffer.from(bytes);
  const found: (readonly [number, number, number, string])[] = [];
  for (let at = 0; at < view.length;) {
    const size = view.readUInt32LE(at);
    const rest = view.subarray(at + 16, at + size).toString('hex');
    found.push([view.readUInt16LE(at + 4), view.readUInt16LE(at + 6), view.readUInt32LE(at + 8), rest]);
    assert.equal(size % 4, 0);
    at += size;
  }
  return found;
}

test('a batch begins and ends, numbers its commands, and asks for an answer to the last', () => {
  const table = '0e000100636f782d70726f7879000000';
  const { bytes, commands } = encodeDeletions(['a'], ['b']);
  assert.deepEqual(messagesOf(bytes), [
    [16, 0x1, 0, '0000000a'],
    [0xa05, 0x1, 1, `02000000${table}0600030061000000`],
    [0xa0b, 0x5, 2, `02000000${table}0600020062000000`],
    [17, 0x1, 3, '0000000a'],
  ]);
  assert.deepEqual(commands, ['delete chain ip cox-proxy a', 'delete set ip cox-proxy b']);
});

test('a chain is emptied before its new rules, elements go before they come, and what is unused is emptied', () => {
  const chains = new Map([['c', [rule([], { action: 'drop' })]]]);
  const { commands } = encodeChanges({
    ...nothing,
    addedSets: new Map([['s', 60]]),
    addedChains: ['new'],
    chains,
    removedVerdicts: [['service-ips', '10.0.0.1 . 6 . 80']],
    addedVerdicts: [['service-ips', '10.0.0.1 . 6 . 80', 'drop']],
    addedHairpins: ['10.0.0.1 . 10.0.0.1 . 6 . 80'],
    unusedChains: ['old'],
  });
  assert.deepEqual(commands, [
    'add set ip cox-proxy s',
    'add chain ip cox-proxy new',
    'flush chain ip cox-proxy c',
    'add rule ip cox-proxy c drop',
    'delete element ip cox-proxy service-ips (1)',
    'add element ip cox-proxy service-ips (1)',
    'add element ip cox-proxy hairpin-connections (1)',
    'flush chain ip cox-proxy old',
  ]);
});

test('more elements than an attribute can hold become several messages', () => {
  const addedHairpins = Array.from({ length: 1200 }, (_, port) => `10.0.0.1 . 10.0.0.1 . 6 . ${port + 1}`);
  const { commands } = encodeChanges({ ...nothing, addedHairpins });
  const name = 'add element ip cox-proxy hairpin-connections';
  assert.deepEqual(commands, [`${name} (500)`, `${name} (500)`, `${name} (200)`]);
});

test('what only a whole ruleset has is left to nft', () => {
  const chains = new Map([['c', [rule([], { action: 'masquerade' })]]]);
  assert.throws(() => encodeChanges({ ...nothing, chains }), UnknownRuleError);
});

const keys: Record<string, readonly [key: string, bytes: string]> = {
  address: ['10.233.0.10', '0ae9000a'],
  'protocol and port': ['17 . 8080', '110000001f900000'],
  'address, protocol and port': ['10.233.0.10 . 6 . 80', '0ae9000a0600000000500000'],
  hairpin: ['10.0.0.1 . 10.0.0.1 . 132 . 1', '0a0000010a0000018400000000010000'],
};
for (const [name, [key, bytes]] of Object.entries(keys)) {
  test(`key: ${name}`, () => assert.equal(keyBytes(key).toString('hex'), bytes));
}

const ranges: Record<string, readonly [ranges: readonly string[], elements: string]> = {
  'one range': [['10.0.0.0/8'], '00000000] 0a000000 0b000000]'],
  'from the first address': [['0.0.0.0/1', '192.168.1.1'], '00000000 80000000] c0a80101 c0a80102]'],
  'to the last address': [['255.255.255.255'], '00000000] ffffffff'],
  neighbours: [['10.0.0.0/9', '10.128.0.0/9', '11.0.0.0/8'], '00000000] 0a000000 0c000000]'],
  everything: [['0.0.0.0/0'], '00000000'],
};
for (const [name, [given, expected]] of Object.entries(ranges)) {
  test(`ranges: ${name}`, () => {
    const found = rangeElements(given).map(
      ({ key, isEnd }) => `${Buffer.from(key).toString('hex')}${isEnd ? ']' : ''}`,
    );
    assert.equal(found.join(' '), expected);
  });
}

/** An answer of the kernel to the message with this sequence number. */
function answer(sequence: number, error: number, text = ''): Buffer {
  const words = Buffer.from(`${text}\0`);
  const attribute = text === '' ? 0 : 4 + ((words.length + 3) & ~3);
  const bytes = Buffer.alloc(36 + attribute);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(text === '' ? 0x100 : 0x300, 6);
  bytes.writeInt32LE(-error, 16);
  bytes.writeUInt32LE(sequence, 28);
  if (text !== '') {
    bytes.writeUInt16LE(4 + words.length, 36);
    bytes.writeUInt16LE(1, 38);
    words.copy(bytes, 40);
  }
  return bytes;
}

const commands = ['add chain ip cox-proxy a', 'delete element ip cox-proxy service-ips (1)'];
const answers: Record<string, readonly [answers: readonly Buffer[], error: RegExp | undefined]> = {
  'the last command is confirmed': [[answer(2, 0)], undefined],
  silence: [[], /did not confirm the last command/],
  'a command failed, and the last is confirmed all the same': [
    [answer(1, 17), answer(2, 0)],
    /refused a transaction: add chain ip cox-proxy a: EEXIST$/,
  ],
  'the kernel says why': [[answer(2, 2, 'no such element')], /service-ips \(1\): ENOENT: no such element$/],
  'the whole was refused': [[answer(0, 1)], /the transaction as a whole: EPERM$/],
  'many failed': [Array.from({ length: 7 }, () => answer(1, 22)), /EINVAL; and 2 more$/],
};
for (const [name, [given, error]] of Object.entries(answers)) {
  test(`answers: ${name}`, () => {
    const check = (): void => checkAnswers(Buffer.concat(given), { commands });
    if (error === undefined) check();
    else assert.throws(check, error);
  });
}

test('an attribute that does not fit is refused before it is sent', () => {
  const batch = new BatchWriter();
  batch.message('newChain', 'a large one', () => {
    assert.throws(() => batch.nest(1, () => batch.bytes(1, Buffer.alloc(70_000))), RangeError);
  });
});
