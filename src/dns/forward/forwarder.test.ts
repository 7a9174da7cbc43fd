import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { a, cname, freePort, scriptedServer, soa } from '../testing/servers.ts';
import { rcodes, recordTypes } from '../wire/constants.ts';
import type { ForwardedAnswer, ForwarderOptions } from './forwarder.ts';
import { Forwarder } from './forwarder.ts';

const quick = { patienceMs: 80, budgetMs: 400 };
const question = (name: string, type: number = recordTypes.A) => ({
  name,
  type,
  dnssecOk: false,
  checkingDisabled: false,
});
const forwarder = (upstreams: readonly string[], options: Partial<ForwarderOptions> = {}): Forwarder =>
  new Forwarder({ upstreams: () => upstreams, timing: quick, staleAfterMs: 50, ...options });

async function addresses(answer: ReturnType<Forwarder['resolve']>): Promise<string> {
  const { rcode, answers, source } = (await answer) as ForwardedAnswer;
  const texts = answers.flatMap(({ data }) => data.map((part) => (typeof part === 'string' ? part : part.join('.'))));
  return [source, rcode, ...texts].join(' ');
}

const nxdomain = { flags: rcodes.NXDOMAIN, authorities: [soa('org', 20)] };

describe('one server', () => {
  test('is asked once for all who want the same, and not again while the answer is fresh', async () => {
    await using server = await scriptedServer(() => ({ answers: [a('www.example.org', '192.0.2.1')] }));
    const subject = forwarder([server.address]);
    const together = await Promise.all([1, 2, 3].map(() => addresses(subject.resolve(question('www.example.org')))));
    assert.deepEqual(new Set(together), new Set(['upstream 0 192.0.2.1']));
    assert.equal(await addresses(subject.resolve(question('www.example.org'))), 'cache 0 192.0.2.1');
    assert.deepEqual(server.asked, ['udp A www.example.org']);
  });

  test('is asked with another id and another port each time', async () => {
    const seen = new Set<unknown>();
    await using server = await scriptedServer((query) => {
      seen.add(query.id);
      return nxdomain;
    });
    const subject = forwarder([server.address]);
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => addresses(subject.resolve(question(`n${at}.example.org`)))),
    );
    assert.ok(seen.size > 15);
  });

  test('is asked over TCP when the answer is too large', async () => {
    const many = Array.from({ length: 90 }, (_, host) => a('big.example.org', `192.0.2.${host}`));
    await using server = await scriptedServer((_, protocol) =>
      protocol === 'udp' ? { flags: 0x200, answers: [] } : { answers: many },
    );
    const answer = (await forwarder([server.address]).resolve(question('big.example.org'))) as ForwardedAnswer;
    assert.equal(answer.answers.length, 90);
    assert.deepEqual(server.asked, ['udp A big.example.org', 'tcp A big.example.org']);
  });

  test('that does not know EDNS is asked without', async () => {
    await using server = await scriptedServer(({ additionals = [] }) =>
      additionals.length > 0 ? { flags: rcodes.FORMERR } : { answers: [a('old.example.org', '192.0.2.9')] },
    );
    const subject = forwarder([server.address]);
    assert.equal(await addresses(subject.resolve(question('old.example.org'))), 'upstream 0 192.0.2.9');
  });

  test('cannot make us keep what it was not asked for', async () => {
    await using server = await scriptedServer(() => ({
      answers: [
        cname('www.example.org', 'cdn.example.net'),
        a('bank.example', '192.0.2.66'),
        a('CDN.example.net', '192.0.2.2'),
      ],
      authorities: [a('bank.example', '192.0.2.66')],
      additionals: [a('bank.example', '192.0.2.66')],
    }));
    const subject = forwarder([server.address]);
    assert.equal(await addresses(subject.resolve(question('www.example.org'))), 'upstream 0 cdn.example.net 192.0.2.2');
    assert.notEqual(await addresses(subject.resolve(question('bank.example'))), 'cache 0 192.0.2.66');
  });

  test('is not believed when it answers another query', async () => {
    const wrong = [
      { id: 1 },
      { questions: [{ name: 'other.example', type: 'A' as const }] },
      { type: 'query' as const },
    ];
    for (const part of wrong) {
      await using server = await scriptedServer(() => ({ answers: [a('www.example.org', '192.0.2.1')], ...part }));
      const subject = forwarder([server.address]);
      assert.equal(await addresses(subject.resolve(question('www.example.org'))), `none ${rcodes.SERVFAIL}`);
    }
  });

  test('gives negative answers, which are kept too', async () => {
    await using server = await scriptedServer(() => nxdomain);
    const subject = forwarder([server.address]);
    const first = (await subject.resolve(question('no.example.org'))) as ForwardedAnswer;
    assert.deepEqual([first.rcode, first.authority[0]?.type], [rcodes.NXDOMAIN, recordTypes.SOA]);
    assert.equal(await addresses(subject.resolve(question('no.example.org'))), `cache ${rcodes.NXDOMAIN}`);
    assert.equal(server.asked.length, 1);
  });

  test('that loses a packet is asked again', async () => {
    let lost = 0;
    await using server = await scriptedServer(() =>
      lost++ === 0 ? undefined : { answers: [a('x.example', '192.0.2.1')] },
    );
    assert.equal(await addresses(forwarder([server.address]).resolve(question('x.example'))), 'upstream 0 192.0.2.1');
  });
});

describe('several servers', () => {
  test('the next one answers at once when the first refuses the connection', async () => {
    await using second = await scriptedServer(() => ({ answers: [a('x.example', '192.0.2.2')] }));
    const subject = forwarder([`127.0.0.1:${await freePort()}`, second.address], {
      timing: { patienceMs: 2000, budgetMs: 4000 },
    });
    const start = performance.now();
    assert.equal(await addresses(subject.resolve(question('x.example'))), 'upstream 0 192.0.2.2');
    assert.ok(performance.now() - start < 500);
  });

  test('the next one answers after some patience when the first is silent; then it is passed over', async () => {
    await using silent = await scriptedServer(() => undefined);
    await using second = await scriptedServer(({ questions = [] }) => ({
      answers: [a(questions[0]?.name ?? '', '192.0.2.2')],
    }));
    const probeTimes = { patienceMs: 150, budgetMs: 1000 };
    const subject = forwarder([silent.address, second.address], { timing: probeTimes });
    for (const name of ['a.example', 'b.example']) {
      assert.equal(await addresses(subject.resolve(question(name))), 'upstream 0 192.0.2.2');
    }
    await sleep(1100);
    const before = silent.asked.length;
    const start = performance.now();
    assert.equal(await addresses(subject.resolve(question('c.example'))), 'upstream 0 192.0.2.2');
    assert.ok(performance.now() - start < 120);
    assert.ok(!silent.asked.slice(before).includes('udp A c.example'));
    assert.equal(silent.asked.includes('udp NS .'), true, 'it was probed before it was condemned');
  });

  test('a failure of one is not the answer while another has one', async () => {
    await using failing = await scriptedServer(() => ({ flags: rcodes.SERVFAIL }));
    await using good = await scriptedServer(() => ({ answers: [a('x.example', '192.0.2.2')] }));
    assert.equal(
      await addresses(forwarder([failing.address, good.address]).resolve(question('x.example'))),
      'upstream 0 192.0.2.2',
    );
    assert.equal(
      await addresses(forwarder([failing.address]).resolve(question('x.example'))),
      `upstream ${rcodes.SERVFAIL}`,
    );
  });

  test('none that answers is a failure within the time that a resolver waits, told once', async () => {
    const told: boolean[] = [];
    await using silent = await scriptedServer(() => undefined);
    const subject = forwarder([silent.address], { reachable: (yes) => told.push(yes) });
    const start = performance.now();
    assert.equal(await addresses(subject.resolve(question('a.example'))), `none ${rcodes.SERVFAIL}`);
    assert.ok(performance.now() - start < 600);
    await subject.resolve(question('b.example'));
    silent.script = () => nxdomain;
    await subject.resolve(question('c.example'));
    assert.deepEqual(told, [false, true]);
  });

  test('a stale answer is better than none', async () => {
    await using server = await scriptedServer(() => ({ answers: [a('x.example', '192.0.2.1', 1)] }));
    const subject = forwarder([server.address]);
    await subject.resolve(question('x.example'));
    await sleep(1050);
    server.script = () => undefined;
    const stale = (await subject.resolve(question('x.example'))) as ForwardedAnswer;
    assert.deepEqual([stale.source, stale.answers[0]?.ttl], ['stale', 30]);
    server.script = () => ({ answers: [a('x.example', '192.0.2.3')] });
    // The question stays under way behind the stale answer.
    await sleep(500);
    assert.equal(await addresses(subject.resolve(question('x.example'))), 'cache 0 192.0.2.3');
  });
});

describe('which servers', () => {
  test('a stub domain has its own, the longest match first; others have the usual ones', async () => {
    const named = (text: string) =>
      scriptedServer(({ questions = [] }) => ({ answers: [a(questions[0]?.name ?? '', text)] }));
    await using usual = await named('192.0.2.1');
    await using corp = await named('192.0.2.2');
    await using lab = await named('192.0.2.3');
    const stubDomains = { 'Corp.example.': [corp.address], 'lab.corp.example': [lab.address] };
    const subject = forwarder([usual.address], { stubDomains });
    const expected = {
      'a.example': 1,
      'corp.example': 2,
      'x.corp.example': 2,
      'x.lab.corp.example': 3,
      'notcorp.example': 1,
    };
    for (const [name, last] of Object.entries(expected)) {
      assert.equal(await addresses(subject.resolve(question(name))), `upstream 0 192.0.2.${last}`, name);
    }
  });

  test('without any there is nothing outside, which is known at once', () => {
    assert.equal(forwarder([]).resolve(question('example.org')), undefined);
  });

  test('we are not among them', () => {
    assert.equal(
      forwarder(['10.233.0.3'], { ownAddresses: ['10.233.0.3:53'] }).resolve(question('x.example')),
      undefined,
    );
  });

  test('too many questions at once fail rather than pile up', async () => {
    await using silent = await scriptedServer(() => undefined);
    const subject = forwarder([silent.address], { concurrency: 1, timing: { patienceMs: 20, budgetMs: 40 } });
    const first = subject.resolve(question('a.example'));
    assert.equal(await addresses(subject.resolve(question('b.example'))), `none ${rcodes.SERVFAIL}`);
    await first;
  });
});
