import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'node:test';
import dnsPacket from 'dns-packet';
import type { DecodedPacket, Packet } from 'dns-packet';
import pino from 'pino';
import { ask, dataOf, freePort, overUdp, rcodeOf } from '../testing/servers.ts';
import { rcodes, recordTypes } from '../wire/constants.ts';
import { addressRecord } from '../wire/record.ts';
import { StreamMessages, withLength } from '../wire/stream.ts';
import type { Answer } from './answer.ts';
import { bareAnswer, zoneAnswer } from './answer.ts';
import { Responder } from './responder.ts';
import type { Question } from './resolver.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

const addresses = (name: string, count: number): Answer =>
  zoneAnswer(
    Array.from({ length: count }, (_, host) => addressRecord(name, 5, Uint8Array.of(10, 0, 0, host))),
    [],
  );

/** `<n>.example` has n addresses; `slow.example` takes its time; `broken.example` is a fault of the resolver. */
function resolve({ name, type, client }: Question): Answer | Promise<Answer> {
  if (name === 'broken.example') throw new Error('broken');
  if (name === 'slow.example') return sleep(60).then(() => addresses(name, 1));
  if (name === 'refused.example') return Promise.reject(new Error(`for ${client}`));
  const count = Number.parseInt(name, 10);
  return type === recordTypes.A && count > 0 ? addresses(name, count) : bareAnswer(rcodes.NXDOMAIN);
}

async function started() {
  const port = await freePort();
  const logger = pino({ level: 'silent' });
  const responder = new Responder({ resolver: { resolve }, logger, queryLog: false });
  const udp = await listenUdp({ address: '127.0.0.1', port, responder, logger });
  const tcp = await listenTcp({ address: '127.0.0.1', port, responder, logger });
  return {
    port,
    udp: udp.socket,
    async [Symbol.asyncDispose]() {
      await udp[Symbol.asyncDispose]();
      await tcp[Symbol.asyncDispose]();
    },
  };
}

describe('over UDP', () => {
  test('answers come back, late ones too', async () => {
    await using server = await started();
    assert.deepEqual(dataOf(await ask(server.port, '1.example')), ['10.0.0.0']);
    assert.deepEqual(dataOf(await ask(server.port, 'slow.example')), ['10.0.0.0']);
  });

  test('a large answer is cut to what the client takes, and whole over TCP', async () => {
    await using server = await started();
    const sizes: [number | undefined, number][] = [
      [undefined, 512],
      [100, 512],
      [800, 800],
      [4096, 1232],
    ];
    for (const [edns, limit] of sizes) {
      const cut = await ask(server.port, '150.example', edns === undefined ? {} : { edns });
      const count = cut.answers?.length ?? 0;
      assert.ok(cut.flag_tc && count * 16 < limit && count * 16 > limit - 80, `${count} for ${edns}`);
    }
    const whole = await ask(server.port, '150.example', { protocol: 'tcp' });
    assert.deepEqual([whole.flag_tc, whole.answers?.length], [false, 150]);
  });

  test('addresses come in another order each time, all of them', async () => {
    await using server = await started();
    const orders = new Set<string>();
    for (let round = 0; round < 10; round++) {
      const data = dataOf(await ask(server.port, '8.example'));
      assert.equal(new Set(data).size, 8);
      orders.add(data.join(' '));
    }
    assert.ok(orders.size > 5);
  });

  test('a fault of ours is SERVFAIL for one client and no end for the server', async () => {
    await using server = await started();
    for (const name of ['broken.example', 'refused.example']) {
      assert.equal(rcodeOf(await ask(server.port, name)), rcodes.SERVFAIL);
    }
    assert.equal(rcodeOf(await ask(server.port, '1.example')), rcodes.NOERROR);
  });

  test('an answer that comes after the end is dropped', async () => {
    {
      await using server = await started();
      const query = dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'slow.example' }] });
      await assert.rejects(overUdp(server.port, query, 10));
    }
    await sleep(100);
  });

  test('a packet from port 0, which cannot be answered, is dropped', async () => {
    await using server = await started();
    const query = dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name: '1.example' }] });
    server.udp.emit('message', query, { address: '127.0.0.1', port: 0, family: 'IPv4', size: query.length });
    assert.equal(rcodeOf(await ask(server.port, '1.example')), rcodes.NOERROR);
  });

  const refused: Record<string, { packet: Packet; rcode: number }> = {
    'another class': {
      packet: { questions: [{ type: 'TXT', name: 'version.bind', class: 'CH' }] },
      rcode: rcodes.REFUSED,
    },
    'a zone transfer': { packet: { questions: [{ type: 'AXFR', name: 'example' }] }, rcode: rcodes.REFUSED },
    'no question': { packet: { questions: [] }, rcode: rcodes.FORMERR },
    'another opcode': {
      packet: { flags: 4 << 11, questions: [{ type: 'SOA', name: 'example' }] },
      rcode: rcodes.NOTIMP,
    },
  };
  for (const [name, { packet, rcode }] of Object.entries(refused)) {
    test(name, async () => {
      await using server = await started();
      const answer = dnsPacket.decode(
        await overUdp(server.port, dnsPacket.encode({ type: 'query', id: 77, ...packet })),
      );
      assert.deepEqual([answer.id, rcodeOf(answer), answer.answers?.length], [77, rcode, 0]);
    });
  }

  test('a version of EDNS that does not exist yet', async () => {
    await using server = await started();
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, ednsVersion: 1 } as dnsPacket.OptAnswer;
    const query = dnsPacket.encode({
      type: 'query',
      id: 1,
      questions: [{ type: 'A', name: '1.example' }],
      additionals: [opt],
    });
    const answer = dnsPacket.decode(await overUdp(server.port, query));
    const [record] = (answer.additionals ?? []) as dnsPacket.OptAnswer[];
    assert.equal(record?.extendedRcode, 1);
  });
});

describe('over TCP', () => {
  const query = (id: number, name: string): Buffer =>
    withLength(dnsPacket.encode({ type: 'query', id, questions: [{ type: 'A', name }] }));
  const answersOf = async (
    port: number,
    bytes: Buffer,
    { cut = bytes.length, end = false } = {},
  ): Promise<DecodedPacket[]> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes.subarray(0, cut));
    await sleep(10);
    if (end) socket.end(bytes.subarray(cut));
    else socket.write(bytes.subarray(cut));
    const messages = new StreamMessages();
    const answers: DecodedPacket[] = [];
    socket.setTimeout(200, () => socket.end());
    for await (const chunk of socket)
      answers.push(...messages.push(chunk as Buffer).map((each) => dnsPacket.decode(each)));
    return answers;
  };

  test('several queries on one connection, each answered as soon as it can be', async () => {
    await using server = await started();
    const bytes = Buffer.concat([query(1, 'slow.example'), query(2, '1.example'), query(3, '2.example')]);
    const ids = (await answersOf(server.port, bytes, { cut: 40 })).map(({ id }) => id);
    assert.deepEqual(ids, [2, 3, 1]);
  });

  test('a client that has ended its side still gets what is under way', async () => {
    await using server = await started();
    const answers = await answersOf(server.port, query(1, 'slow.example'), { cut: 5, end: true });
    assert.deepEqual(
      answers.map(({ id }) => id),
      [1],
    );
  });

  test('more queries than may be under way are all answered in the end', async () => {
    await using server = await started();
    const bytes = Buffer.concat(Array.from({ length: 350 }, (_, id) => query(id, 'slow.example')));
    assert.equal((await answersOf(server.port, bytes)).length, 350);
  });
});

test('a port that is taken is an error at once', async () => {
  await using server = await started();
  const logger = pino({ level: 'silent' });
  const responder = new Responder({ resolver: { resolve }, logger, queryLog: false });
  const options = { address: '127.0.0.1', port: server.port, responder, logger };
  await assert.rejects(listenUdp(options), { code: 'EADDRINUSE' });
  await assert.rejects(listenTcp(options), { code: 'EADDRINUSE' });
});
