import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import pino from 'pino';
import type { ForwardedAnswer } from '../forward/forwarder.ts';
import type { ClusterIndex } from '../records/cluster-index.ts';
import { testIndex, testNamespace, testPod, testService, testZone } from '../testing/objects.ts';
import { addressBytes } from '../wire/address.ts';
import { rcodeName, rcodes, recordTypes } from '../wire/constants.ts';
import { addressRecord, nameRecord } from '../wire/record.ts';
import { parseMessage } from '../wire/message.ts';
import { Resolver } from './resolver.ts';
import { Responder } from './responder.ts';

const pod = '10.233.64.5';
const index = testIndex(
  testNamespace('default'),
  testNamespace('shop'),
  testService('shop/web', { clusterIP: '10.233.0.10' }),
  testService('default/web', { clusterIP: '10.233.0.11' }),
  testService('to-web', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' }),
  testService('to-example', { type: 'ExternalName', externalName: 'www.example.org' }),
  testService('to-nowhere', { type: 'ExternalName', externalName: 'nobody.default.svc.cluster.local' }),
  testService('to-dead', { type: 'ExternalName', externalName: 'dead.example.org' }),
  testService('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' }),
  testPod('client', pod, { dnsConfig: { searches: ['corp.example'] } }),
);

const outside: Record<string, ForwardedAnswer> = {};
const bytes = (ip: string): Uint8Array => addressBytes(ip) as Uint8Array;
const forwarded = (rcode: number, answers: ForwardedAnswer['answers'] = []): ForwardedAnswer => ({
  rcode,
  answers,
  authority: [],
  authenticData: false,
  source: 'upstream',
});
outside['www.example.org'] = forwarded(0, [addressRecord('www.example.org', 3, bytes('192.0.2.1'))]);
outside['git.corp.example'] = forwarded(0, [addressRecord('git.corp.example', 60, bytes('192.0.2.2'))]);
outside['empty.example.org'] = forwarded(0);
outside['dead.example.org'] = forwarded(rcodes.SERVFAIL);
outside['1.2.0.192.in-addr.arpa'] = forwarded(0, [
  nameRecord('1.2.0.192.in-addr.arpa', recordTypes.PTR, 60, 'www.example.org'),
]);

function subject({
  isolated = false,
  indexOf = (): ClusterIndex | undefined => index,
  indexed = Promise.resolve(),
} = {}) {
  const asked: string[] = [];
  const resolver = new Resolver({
    zone: testZone,
    index: indexOf,
    indexed,
    holdMs: 30,
    localRanges: ['10.233.0.0/18', '10.233.64.0/18'],
    forwarder: {
      resolve: ({ name }) => {
        asked.push(name);
        return isolated ? undefined : Promise.resolve(outside[name] ?? forwarded(rcodes.NXDOMAIN));
      },
    },
  });
  const tell = async (name: string, type: keyof typeof recordTypes = 'A', client = pod): Promise<string> => {
    const question = { name, type: recordTypes[type], dnssecOk: false, checkingDisabled: false, client };
    const answer = await resolver.resolve(question);
    const data = answer.answers.map(({ data: [part = ''] }) =>
      typeof part === 'string' ? part.replace('.cluster.local', '') : part.length === 4 ? part.join('.') : 'text',
    );
    const aa = answer.authoritative ? 'aa ' : '';
    return `${aa}${rcodeName(answer.rcode)} ${data.join(' > ')}`.trim();
  };
  return { resolver, tell, asked };
}

const cases: Record<string, Record<string, string>> = {
  'an ExternalName is followed': {
    'to-web.default.svc.cluster.local A': 'aa NOERROR web.shop.svc > 10.233.0.10',
    'to-web.default.svc.cluster.local AAAA': 'aa NOERROR web.shop.svc',
    'to-web.default.svc.cluster.local CNAME': 'aa NOERROR web.shop.svc',
    'to-example.default.svc.cluster.local A': 'aa NOERROR www.example.org > 192.0.2.1',
    'to-nowhere.default.svc.cluster.local A': 'aa NXDOMAIN nobody.default.svc',
    'to-dead.default.svc.cluster.local A': 'aa SERVFAIL dead.example.org',
  },
  "a pod's search path is finished for it": {
    'www.example.org.default.svc.cluster.local A': 'aa NOERROR www.example.org > 192.0.2.1',
    'web.shop.default.svc.cluster.local A': 'aa NOERROR web.shop.svc > 10.233.0.10',
    'web.shop.svc.default.svc.cluster.local A': 'aa NOERROR web.shop.svc > 10.233.0.10',
    'web.shop.svc.cluster.local.default.svc.cluster.local A': 'aa NOERROR web.shop.svc > 10.233.0.10',
    'git.default.svc.cluster.local A': 'aa NOERROR git.corp.example > 192.0.2.2',
    'empty.example.org.default.svc.cluster.local A': 'aa NOERROR empty.example.org',
    'no.example.org.default.svc.cluster.local A': 'aa NXDOMAIN',
    'dead.example.org.default.svc.cluster.local A': 'SERVFAIL',
  },
  'and nothing else is': {
    'web.default.svc.cluster.local AAAA': 'aa NOERROR',
    'www.example.org.shop.svc.cluster.local A': 'aa NXDOMAIN',
    'www.example.org.svc.cluster.local A': 'aa NXDOMAIN',
    'www.example.org.cluster.local A': 'aa NXDOMAIN',
  },
  'other names': {
    'www.example.org A': 'NOERROR www.example.org > 192.0.2.1'.replace('www.example.org > ', ''),
    'example.invalid A': 'NXDOMAIN',
    '10.0.233.10.in-addr.arpa PTR': 'aa NOERROR web.shop.svc',
    '99.0.233.10.in-addr.arpa PTR': 'aa NXDOMAIN',
    '1.2.0.192.in-addr.arpa PTR': 'NOERROR www.example.org',
    'web.shop.svc.cluster.local ANY': 'aa NOERROR text',
    'nobody.shop.svc.cluster.local ANY': 'aa NXDOMAIN',
    'www.example.org ANY': 'NOERROR text',
  },
};
for (const [group, questions] of Object.entries(cases)) {
  describe(group, () => {
    for (const [question, expect] of Object.entries(questions)) {
      test(question, async () => {
        const [name = '', type] = question.split(' ');
        assert.equal(await subject().tell(name, type as keyof typeof recordTypes), expect);
      });
    }
  });
}

test('aliases in a circle end', async () => {
  assert.match(await subject().tell('loop.default.svc.cluster.local'), /^aa SERVFAIL/);
});

test("an alias lives no longer than what it leads to, and the chain starts with the client's name", async () => {
  const name = 'www.example.org.default.svc.cluster.local';
  const question = { name, type: recordTypes.A, dnssecOk: false, checkingDisabled: false, client: pod };
  const { answers, origin } = await subject().resolver.resolve(question);
  assert.deepEqual(
    answers.map((record) => [record.name, record.ttl]),
    [
      [name, 3],
      ['www.example.org', 3],
    ],
  );
  assert.equal(origin, 'autopath');
});

test('who is no known pod walks the search path itself', async () => {
  const { tell, asked } = subject();
  assert.equal(await tell('www.example.org.default.svc.cluster.local', 'A', '10.233.64.99'), 'aa NXDOMAIN');
  assert.deepEqual(asked, []);
});

test('a Service beats an outside name, and nothing outside is asked for it', async () => {
  const { tell, asked } = subject();
  assert.equal(await tell('web.default.svc.cluster.local'), 'aa NOERROR 10.233.0.11');
  assert.deepEqual(asked, []);
});

test('in an isolated cluster every outside name fails at once and for good, each step of the search path too', () => {
  const { resolver } = subject({ isolated: true });
  for (const suffix of ['.default.svc.cluster.local', '.svc.cluster.local', '.cluster.local', '']) {
    const question = { type: recordTypes.A, dnssecOk: false, checkingDisabled: false, client: pod };
    const answer = resolver.resolve({ ...question, name: `www.example.org${suffix}` });
    assert.ok(!(answer instanceof Promise), 'nothing is waited for');
    assert.equal(rcodeName(answer.rcode), 'NXDOMAIN');
    assert.equal(answer.authority[0]?.type, recordTypes.SOA);
  }
});

test('any name of any bytes gets a well-formed response that repeats the question', async () => {
  const { resolver } = subject();
  const responder = new Responder({ resolver, logger: pino({ level: 'silent' }), queryLog: false });
  const special = ['svc', 'pod', 'cluster', 'local', 'default', 'web', '_tcp', 'in-addr', 'arpa', 'a.b', '\\\\'];
  const label = fc.oneof(
    fc.constantFrom(...special).map((text) => Uint8Array.from(Buffer.from(text))),
    fc.uint8Array({ minLength: 1, maxLength: 63 }),
  );
  const ends = fc.constantFrom(
    '',
    'svc.cluster.local',
    'default.svc.cluster.local',
    'in-addr.arpa',
    'dns.cluster.local',
  );
  const property = fc.asyncProperty(fc.array(label, { maxLength: 5 }), ends, fc.nat(300), async (labels, end, type) => {
    const all = [...labels, ...end.split('.').map((text) => Uint8Array.from(Buffer.from(text)))].filter(
      ({ length }) => length > 0,
    );
    const name = Buffer.concat([...all.flatMap((each) => [Uint8Array.of(each.length), each]), Uint8Array.of(0)]);
    fc.pre(name.length <= 255);
    const question = Buffer.concat([name, Uint8Array.of(type >> 8, type & 255, 0, 1)]);
    const query = Buffer.concat([Uint8Array.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), question]);
    const response = await responder.respond(query, { protocol: 'udp', address: pod });
    assert.ok(response !== undefined && response.length <= 512);
    assert.deepEqual(response.subarray(12, 12 + question.length), question);
    assert.notEqual(parseMessage(response).rcode, rcodes.FORMERR);
    assert.notEqual(parseMessage(response).rcode, rcodes.SERVFAIL);
  });
  await fc.assert(property, { numRuns: 1000 });
});

describe('before the cluster is known', () => {
  test('its names fail, for none can be said not to exist; names outside do not', async () => {
    const { tell } = subject({ indexOf: () => undefined, indexed: new Promise(() => undefined) });
    for (const name of [
      'web.shop.svc.cluster.local',
      'nobody.cluster.local',
      'www.example.org.default.svc.cluster.local',
    ]) {
      assert.equal(await tell(name), 'SERVFAIL');
    }
    assert.equal(await tell('10.0.233.10.in-addr.arpa', 'PTR'), 'SERVFAIL');
    assert.equal(await tell('www.example.org'), 'NOERROR 192.0.2.1');
  });

  test('a question waits a while for it', async () => {
    const known: { index?: ClusterIndex } = {};
    const { promise: indexed, resolve } = Promise.withResolvers<void>();
    const { tell } = subject({ indexOf: () => known.index, indexed });
    const answer = tell('web.shop.svc.cluster.local');
    known.index = index;
    resolve();
    assert.equal(await answer, 'aa NOERROR 10.233.0.10');
  });
});
