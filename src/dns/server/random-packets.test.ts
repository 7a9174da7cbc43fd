import assert from 'node:assert/strict';
import { test } from 'node:test';
import dnsPacket from 'dns-packet';
import pino from 'pino';
import { testIndex, testNamespace, testService, testZone } from '../testing/objects.ts';
import { Resolver } from './resolver.ts';
import { Responder } from './responder.ts';

const index = testIndex(testNamespace('default'), testService('web', { clusterIP: '10.233.0.10' }));
const resolver = new Resolver({
  zone: testZone,
  index: () => index,
  indexed: Promise.resolve(),
  holdMs: 1,
  localRanges: [],
  forwarder: { resolve: () => undefined },
});
const errors: unknown[] = [];
const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
const responder = new Responder({ resolver, logger, queryLog: false });

/** A small generator with a seed, so that a failure can be repeated. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const query = (name: string): Buffer =>
  dnsPacket.encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name }] });
const valid = ['web.default.svc.cluster.local', 'nobody.default.svc.cluster.local', 'www.example.org'].map(query);

/** Kinds of bad packets; each is given random numbers. */
const kinds: Record<string, (random: (limit: number) => number) => Buffer> = {
  'random bytes': (random) => Buffer.from(Array.from({ length: random(100) }, () => random(256))),
  'a good header, then random bytes': (random) => {
    const rest = Array.from({ length: random(80) }, () => random(256));
    return Buffer.from([0, 7, 1, 0, 0, 1 + random(3), 0, random(3), 0, random(3), 0, random(3), ...rest]);
  },
  'a query with bytes changed': (random) => {
    const packet = Buffer.from(valid[random(valid.length)] ?? '');
    for (let change = 0; change <= random(4); change += 1) packet[random(packet.length)] = random(256);
    return packet;
  },
  'a query that is cut': (random) => {
    const packet = valid[random(valid.length)] ?? Buffer.alloc(0);
    return packet.subarray(0, random(packet.length));
  },
  'pointers in circles': (random) => {
    const pointers = Array.from({ length: 1 + random(20) }, () => [0xc0, 12 + random(30)]).flat();
    return Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...pointers, 0, 1, 0, 1]);
  },
};

for (const [kind, make] of Object.entries(kinds)) {
  test(`20,000 times ${kind}: an error or silence, never an exception or a large answer`, async () => {
    const random = randomNumbers(kind.length);
    for (let round = 0; round < 20_000; round += 1) {
      const packet = make(random);
      const client = { protocol: 'udp', address: '192.0.2.9' } as const;
      const response = await responder.respond(packet, client);
      // What does not read as a question earns no more than its own header, what does at most a plain datagram's worth.
      const text = packet.toString('hex');
      assert.ok((response?.length ?? 0) <= 1232, text);
      if (response !== undefined && response.readUInt16BE(4) === 0)
        assert.ok(response.length <= packet.length + 11, text);
      assert.ok(response === undefined || (response[2] ?? 0) >= 0x80, text);
    }
    assert.deepEqual(errors, []);
  });
}

test('a message as large as TCP allows, all of it pointers, is read in a moment', async () => {
  const packet = Buffer.alloc(65_535);
  packet.set([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff]);
  for (let at = 12; at + 1 < packet.length; at += 2) packet.writeUInt16BE(0xc0_00 | Math.min(at - 2, 0x3f_ff), at);
  const response = await responder.respond(packet, { protocol: 'tcp', address: '192.0.2.9' });
  assert.ok((response?.length ?? 0) <= 12);
});
