import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { addressBytes, addressKey, reverseAddressKey } from './address.ts';
import { flags, rcodes, recordTypes } from './constants.ts';
import { parseMessage } from './message.ts';
import type { Query } from './query.ts';
import { parseQuery } from './query.ts';
import { isEncodableName, WireError } from './reader.ts';
import type { ResourceRecord } from './record.ts';
import { addressRecord, nameRecord, negativeTtl, soaRecord, srvRecord, textRecord } from './record.ts';
import { StreamMessages, withLength } from './stream.ts';
import { encodeQuery, encodeResponse } from './writer.ts';

const ip = (text: string): Uint8Array => addressBytes(text) as Uint8Array;

function queryFor(name: string, type: dnsPacket.RecordType = 'A', edns?: number): Query {
  const additionals: dnsPacket.Answer[] =
    edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: edns } as dnsPacket.OptAnswer];
  const bytes = dnsPacket.encode({
    id: 7,
    type: 'query',
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type }],
    additionals,
  });
  const parsed = parseQuery(bytes);
  assert.equal(parsed.kind, 'query');
  return (parsed as { query: Query }).query;
}

function optOf(packet: dnsPacket.DecodedPacket, at: number): dnsPacket.OptAnswer {
  const record = packet.additionals?.[at];
  assert.ok(record?.type === 'OPT');
  return record;
}

const respond = (query: Query, parts: Partial<Parameters<typeof encodeResponse>[1]>, limit = 512): Buffer =>
  encodeResponse(query, { rcode: 0, flags: 0, answers: [], authority: [], additional: [], ...parts }, limit);

describe('queries', () => {
  test('are read as another encoder writes them, the name in lower case', () => {
    const query = queryFor('Web.Default.SVC.cluster.local', 'SRV', 4096);
    assert.deepEqual(
      { ...query, question: undefined },
      {
        id: 7,
        flags: flags.recursionDesired,
        name: 'web.default.svc.cluster.local',
        type: recordTypes.SRV,
        class: 1,
        question: undefined,
        edns: { udpSize: 4096, version: 0, dnssecOk: false },
      },
    );
  });

  const header = (bits: number, questions = 1): number[] => [
    0,
    7,
    bits >> 8,
    bits & 255,
    0,
    questions,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const root = [0, 0, 1, 0, 1];
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
  const withAdditional = (count: number, ...bytes: number[]): number[] => [
    ...header(0).with(11, count),
    ...root,
    ...bytes,
  ];
  const cases: Record<string, { bytes: number[]; expect: string | number }> = {
    'a question for the root': { bytes: [...header(0), ...root], expect: 'query' },
    'nothing at all': { bytes: [], expect: 'ignored' },
    'less than a header': { bytes: header(0).slice(1), expect: 'ignored' },
    'a response, which could start a loop': { bytes: [...header(0x8000), ...root], expect: 'ignored' },
    'another opcode': { bytes: [...header(0x2800), ...root], expect: rcodes.NOTIMP },
    'no question': { bytes: header(0, 0), expect: rcodes.FORMERR },
    'two questions': { bytes: [...header(0, 2), ...root, ...root], expect: rcodes.FORMERR },
    'a question cut short': { bytes: [...header(0), 0, 0, 1], expect: rcodes.FORMERR },
    'a label that runs over the end': { bytes: [...header(0), 9, 97], expect: rcodes.FORMERR },
    'a label of a reserved kind': { bytes: [...header(0), 0x41, 97, ...root], expect: rcodes.FORMERR },
    'a name that points to itself': { bytes: [...header(0), 0xc0, 12, 0, 1, 0, 1], expect: rcodes.FORMERR },
    'a name of more than 255 bytes': {
      bytes: [...header(0), ...Array.from({ length: 130 }, () => [1, 97]).flat(), ...root],
      expect: rcodes.FORMERR,
    },
    'two OPT records': { bytes: withAdditional(2, ...opt, ...opt), expect: rcodes.FORMERR },
    'an OPT record below the root': { bytes: withAdditional(1, 1, 97, ...opt), expect: rcodes.FORMERR },
    'more records announced than there are': { bytes: withAdditional(9, ...opt), expect: rcodes.FORMERR },
    'bytes after the last record': { bytes: [...header(0), ...root, 1, 2, 3], expect: 'query' },
  };
  for (const [name, { bytes, expect }] of Object.entries(cases)) {
    test(name, () => {
      const parsed = parseQuery(Uint8Array.from(bytes));
      assert.equal(parsed.kind === 'fault' ? parsed.rcode : parsed.kind, expect);
    });
  }

  test('of ours are read by another decoder', () => {
    const bytes = encodeQuery({
      id: 9,
      name: 'a.example',
      type: 28,
      dnssecOk: true,
      checkingDisabled: false,
      edns: true,
    });
    const packet = dnsPacket.decode(bytes);
    assert.deepEqual([packet.id, packet.questions], [9, [{ name: 'a.example', type: 'AAAA', class: 'IN' }]]);
    assert.equal(optOf(packet, 0).flag_do, true);
  });
});

describe('responses', () => {
  const name = 'web.default.svc.cluster.local';
  const soa = {
    server: 'ns.dns.cluster.local',
    mailbox: 'hostmaster.cluster.local',
    serial: 0xffff_fff0,
    refresh: 1,
    retry: 2,
    expire: 3,
    minimum: 5,
  };

  test('are read by another decoder, every kind of record', () => {
    const query = queryFor('Web.default.svc.cluster.local', 'A', 1232);
    const bytes = respond(
      query,
      {
        flags: flags.authoritative | flags.recursionAvailable,
        answers: [
          nameRecord(name, recordTypes.CNAME, 5, 'other.default.svc.cluster.local'),
          addressRecord('other.default.svc.cluster.local', 5, ip('10.233.0.7')),
          addressRecord(name, 5, ip('fd00::1:2')),
          srvRecord(name, 5, { priority: 1, weight: 50, port: 8080, target: 'a.web.default.svc.cluster.local' }),
          textRecord(name, recordTypes.TXT, 5, ['1.1.0', '']),
        ],
        authority: [soaRecord('cluster.local', 5, soa)],
        additional: [addressRecord('a.web.default.svc.cluster.local', 5, ip('10.233.64.9'))],
        extendedError: { code: 22, text: 'why' },
      },
      1232,
    );
    const packet = dnsPacket.decode(bytes);
    assert.equal(packet.flags, flags.authoritative | flags.recursionAvailable | flags.recursionDesired);
    assert.deepEqual(packet.questions, [{ name: 'Web.default.svc.cluster.local', type: 'A', class: 'IN' }]);
    const data = (packet.answers ?? []).map((answer) => (answer as { data?: unknown }).data);
    assert.deepEqual(data, [
      'other.default.svc.cluster.local',
      '10.233.0.7',
      'fd00::1:2',
      { priority: 1, weight: 50, port: 8080, target: 'a.web.default.svc.cluster.local' },
      [Buffer.from('1.1.0'), Buffer.from('')],
    ]);
    const [authority] = (packet.authorities ?? []) as dnsPacket.SoaAnswer[];
    assert.deepEqual(authority?.data, {
      mname: soa.server,
      rname: soa.mailbox,
      serial: soa.serial,
      refresh: 1,
      retry: 2,
      expire: 3,
      minimum: 5,
    });
    assert.equal(packet.additionals?.[0]?.name, 'a.web.default.svc.cluster.local');
    const option = optOf(packet, 1).options[0] as unknown as {
      code: number;
      data: Buffer;
    };
    assert.deepEqual([option.code, option.data.toString('latin1')], [15, '\0\x16why']);
    // The client's own case stands in the answer too, as its name is a pointer to the question.
    assert.equal(packet.answers?.[0]?.name, 'Web.default.svc.cluster.local');
  });

  test('write a name once: 40 addresses cost 16 bytes each', () => {
    const answers = Array.from({ length: 40 }, (_, host) => addressRecord(name, 5, ip(`10.233.64.${host}`)));
    const bytes = respond(queryFor(name), { answers }, 0xffff);
    assert.equal(bytes.length, 12 + name.length + 2 + 4 + 40 * 16);
  });

  test('point at names written before, but never inside an SRV record', () => {
    const target = `db.${name}`;
    const bytes = respond(queryFor(name), {
      answers: [srvRecord(name, 5, { priority: 0, weight: 1, port: 1, target })],
      additional: [addressRecord(target, 5, ip('10.0.0.1'))],
    });
    const question = 12 + name.length + 2 + 4;
    assert.equal(bytes.length, question + (12 + 6 + target.length + 2) + 16);
    assert.equal(dnsPacket.decode(bytes).additionals?.[0]?.name, target);
  });

  test('that do not fit are truncated and still hold what fits', () => {
    const answers = Array.from({ length: 60 }, (_, host) => addressRecord(name, 5, ip(`10.233.64.${host}`)));
    for (const [edns, limit] of [
      [undefined, 512],
      [1232, 600],
    ] as const) {
      const bytes = respond(queryFor(name, 'A', edns), { answers }, limit);
      const packet = dnsPacket.decode(bytes);
      assert.ok(bytes.length <= limit && bytes.length > limit - 32, `${bytes.length} bytes`);
      assert.equal(packet.flag_tc, true);
      assert.ok((packet.answers?.length ?? 0) > 20);
      assert.equal(packet.additionals?.length, edns === undefined ? 0 : 1);
    }
  });

  test('lose additional records without a word', () => {
    const additional = Array.from({ length: 60 }, (_, host) => addressRecord(name, 5, ip(`10.233.64.${host}`)));
    const packet = dnsPacket.decode(respond(queryFor(name), { answers: additional.slice(0, 1), additional }));
    assert.deepEqual([packet.flag_tc, packet.answers?.length], [false, 1]);
  });

  test('carry the upper bits of BADVERS in the OPT record', () => {
    const packet = dnsPacket.decode(respond(queryFor(name, 'A', 512), { rcode: rcodes.BADVERS }));
    assert.deepEqual([(packet.flags ?? 0) & 15, optOf(packet, 0).extendedRcode], [0, 1]);
  });

  test('keep labels with dots and bytes beyond ASCII apart', () => {
    const odd = String.raw`a\.b.c\\d.` + '\xe4\x00.example';
    assert.ok(isEncodableName(odd));
    const bytes = respond(queryFor('example'), { answers: [nameRecord('example', recordTypes.CNAME, 1, odd)] });
    assert.deepEqual(parseMessage(bytes).answers[0]?.data, [odd]);
    assert.ok(bytes.includes(Buffer.from('\x03a.b\x03c\\d\x02\xe4\x00', 'latin1')));
  });
});

const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
const domainName = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
const record: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc
    .tuple(domainName, fc.uint8Array({ minLength: 4, maxLength: 4 }))
    .map(([name, bytes]) => addressRecord(name, 60, bytes)),
  fc.tuple(domainName, domainName).map(([name, target]) => nameRecord(name, recordTypes.CNAME, 60, target)),
  fc
    .tuple(domainName, domainName, fc.nat(0xffff))
    .map(([name, target, port]) => srvRecord(name, 60, { priority: 1, weight: 2, port, target })),
  fc
    .tuple(domainName, domainName)
    .map(([name, server]) =>
      soaRecord(name, 60, { server, mailbox: name, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }),
    ),
);

/** Records without the difference between a Buffer and an array of bytes. */
const plain = (records: readonly ResourceRecord[]) =>
  records.map(({ data, ...rest }) => ({
    ...rest,
    data: data.map((part) => (typeof part === 'string' ? part : [...part])),
  }));

describe('for all messages', () => {
  test('what is written is read back, by ourselves and by another decoder', () => {
    const property = fc.property(domainName, fc.array(record, { maxLength: 12 }), (name, answers) => {
      const bytes = respond(queryFor(name), { answers }, 0xffff);
      assert.deepEqual(plain(parseMessage(bytes).answers), plain(answers));
      assert.deepEqual(
        dnsPacket.decode(bytes).answers?.map((answer) => answer.name),
        answers.map(({ name }) => name),
      );
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('100,000 random and damaged packets neither crash nor hang the parsers', () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    const valid = respond(queryFor('web.default.svc.cluster.local', 'A', 1232), {
      answers: [nameRecord('web.default.svc.cluster.local', 5, 5, 'a.default.svc.cluster.local')],
      authority: [
        soaRecord('local', 5, {
          server: 'a.local',
          mailbox: 'b.local',
          serial: 1,
          refresh: 1,
          retry: 1,
          expire: 1,
          minimum: 1,
        }),
      ],
      additional: [srvRecord('a.local', 5, { priority: 1, weight: 1, port: 1, target: 'b.local' })],
    });
    const start = performance.now();
    for (let round = 0; round < 100_000; round++) {
      const bytes = round % 2 === 0 ? Buffer.from(valid) : Buffer.alloc(random(120));
      const changes = round % 2 === 0 ? 1 + random(4) : bytes.length;
      for (let change = 0; change < changes; change++) bytes[random(bytes.length || 1)] = random(256);
      const cut = bytes.subarray(0, round % 3 === 0 ? random(bytes.length + 1) : bytes.length);
      // A question is only looked at in what does not claim to be a response.
      if (cut.length > 2) cut[2] = (cut[2] as number) & 0x07;
      parseQuery(cut);
      try {
        parseMessage(cut);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
    assert.ok(performance.now() - start < 20_000);
  });

  test('a long chain of pointers is not followed to its end, once for each of thousands of names', () => {
    const chain = Buffer.alloc(16_000);
    // Bytes of a record of an unknown type: a root name, then pointers, each to the one before.
    const at = 12 + 11;
    for (let offset = 2; offset < chain.length; offset += 2) chain.writeUInt16BE(0xc000 | (at + offset - 2), offset);
    const opaque = Buffer.from([0, 0xff, 0, 0, 1, 0, 0, 0, 0, chain.length >> 8, chain.length & 255]);
    const owner = Buffer.alloc(12);
    owner.writeUInt16BE(0xc000 | (at + chain.length - 2));
    const header = Buffer.from([0, 1, 0x80, 0, 0, 0, 0x0f, 0xa0, 0, 0, 0, 0]);
    const bytes = Buffer.concat([header, opaque, chain, ...Array.from({ length: 4000 }, () => owner)]);
    const start = performance.now();
    assert.throws(() => parseMessage(bytes), WireError);
    assert.ok(performance.now() - start < 250);
  });
});

test('names that fit a message', () => {
  const cases = {
    '': true,
    'a.b': true,
    'a..b': false,
    '.a': false,
    ['x'.repeat(63)]: true,
    ['x'.repeat(64)]: false,
    'ä.b': true,
    '☃.b': false,
  };
  for (const [name, fits] of Object.entries(cases)) assert.equal(isEncodableName(name), fits, name);
  assert.equal(isEncodableName(Array.from({ length: 127 }, () => 'a').join('.')), true);
  assert.equal(isEncodableName(Array.from({ length: 128 }, () => 'a').join('.')), false);
});

test('addresses, whichever way they are written', () => {
  assert.deepEqual(addressBytes('10.233.0.3'), Uint8Array.of(10, 233, 0, 3));
  assert.equal(addressKey('fd00:0:0::1'), addressKey('fd00::0.0.0.1'));
  assert.equal(addressKey('::'), '0'.repeat(32));
  for (const text of ['10.233.0', 'fe80::1%eth0', 'web', '']) assert.equal(addressBytes(text), undefined, text);
  assert.equal(reverseAddressKey('3.0.233.10.in-addr.arpa'), '10.233.0.3');
  const nibbles = addressKey('fd00::1').split('').reverse().join('.');
  assert.equal(reverseAddressKey(`${nibbles}.ip6.arpa`), addressKey('fd00::1'));
  for (const name of ['0.233.10.in-addr.arpa', '300.0.0.1.in-addr.arpa', 'a.ip6.arpa'])
    assert.equal(reverseAddressKey(name), undefined);
});

test('a negative answer is kept for the shorter of the two times in its SOA', () => {
  const soa = { server: 'a', mailbox: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 };
  assert.deepEqual([negativeTtl(soaRecord('x', 60, soa)), negativeTtl(soaRecord('x', 3, soa))], [5, 3]);
});

test('a TCP stream is cut into messages however it arrives', () => {
  const stream = Buffer.concat([
    withLength(Buffer.from('one')),
    withLength(Buffer.alloc(0)),
    withLength(Buffer.from('three')),
  ]);
  for (let size = 1; size <= stream.length; size++) {
    const messages = new StreamMessages();
    const out: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      out.push(...messages.push(stream.subarray(at, at + size)).map(String));
    }
    assert.deepEqual(out, ['one', '', 'three'], `chunks of ${size}`);
  }
});
