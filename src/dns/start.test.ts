import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, test } from 'node:test';
import pino from 'pino';
import { Registry } from 'prom-client';
import { endpointSlices, namespaces, pods, services } from '../api/resources.ts';
import type { FakeClient } from '../client/testing/fake-client.ts';
import { createFakeClient } from '../client/testing/fake-client.ts';
import { dnsInformers } from './informers.ts';
import { kubeDnsObjects } from './kube-dns.ts';
import { startDnsRelay } from './relay.ts';
import type { DnsOptions } from './start.ts';
import { eventually } from '../system/testing/eventually.ts';
import { startDns } from './start.ts';
import { testNamespace, testPod, testService, testSlice } from './testing/objects.ts';
import { a, ask, dataOf, freePort, rcodeOf, scriptedServer } from './testing/servers.ts';
import { rcodes } from './wire/constants.ts';

const directory = mkdtempSync(join(tmpdir(), 'cox-dns-'));
after(() => rmSync(directory, { recursive: true }));
const web = 'web.default.svc.cluster.local';
const db = 'db.default.svc.cluster.local';

function seededClient(): FakeClient {
  const client = createFakeClient();
  client.seed(namespaces, testNamespace('default'));
  client.seed(services, testService('web', { clusterIP: '10.233.0.10' }));
  client.seed(services, testService('db', { clusterIP: 'None' }));
  client.seed(endpointSlices, testSlice('db', ['10.233.64.5']));
  return client;
}

async function started(client: FakeClient, options: Partial<DnsOptions> = {}) {
  const port = await freePort();
  const done = new AbortController();
  const ready = Promise.withResolvers<void>();
  const running = startDns(
    {
      informers: dnsInformers(client),
      address: '127.0.0.1',
      port,
      clusterDomain: 'cluster.local',
      upstreams: [],
      logger: pino({ level: 'silent' }),
      holdMs: 50,
      onReady: ready.resolve,
      ...options,
    },
    done.signal,
  );
  running.catch(ready.reject);
  return {
    port,
    ready: ready.promise,
    async [Symbol.asyncDispose]() {
      done.abort();
      await running;
    },
  };
}

test('a Service made, changed and deleted is followed within milliseconds', async () => {
  const client = seededClient();
  await using dns = await started(client);
  await dns.ready;
  assert.deepEqual(dataOf(await ask(dns.port, web)), ['10.233.0.10']);
  const slice = client.stored(endpointSlices, 'db-a', 'default');
  assert.ok(slice);
  await client.update(endpointSlices, {
    ...slice,
    endpoints: [{ addresses: ['10.233.65.7'], conditions: { ready: true } }],
  });
  await eventually('the new address', async () => dataOf(await ask(dns.port, db))[0] === '10.233.65.7');
  await client.delete(services, { name: 'web', namespace: 'default' });
  await eventually('no name', async () => rcodeOf(await ask(dns.port, web)) === rcodes.NXDOMAIN);
});

test("the search path of the node's pods is finished for them", async () => {
  await using upstream = await scriptedServer(({ questions = [] }) => ({
    answers: [a(questions[0]?.name ?? '', '192.0.2.1')],
  }));
  const client = seededClient();
  // The test asks from the loopback address.
  client.seed(pods, testPod('client', '127.0.0.1'));
  client.seed(pods, testPod('elsewhere', '127.0.0.2', { nodeName: 'kube-worker-2' }));
  await using dns = await started(client, { nodeName: 'kube-worker-1', upstreams: [upstream.address] });
  await dns.ready;
  const answer = await ask(dns.port, 'www.example.org.default.svc.cluster.local');
  assert.deepEqual(dataOf(answer), ['www.example.org', '192.0.2.1']);
});

test("a relay passes on to the host's servers", async () => {
  await using upstream = await scriptedServer(({ questions = [] }) => ({
    answers: [a(questions[0]?.name ?? '', '192.0.2.1')],
  }));
  const port = await freePort();
  const done = new AbortController();
  const logger = pino({ level: 'silent' });
  const running = startDnsRelay({ address: '127.0.0.1', port, upstreams: [upstream.address], logger }, done.signal);
  const answer = await eventually('the relay', () => ask(port, 'www.example.org'));
  assert.deepEqual(dataOf(answer), ['192.0.2.1']);
  assert.deepEqual(dataOf(await ask(port, 'www.example.org', { protocol: 'tcp' })), ['192.0.2.1']);
  done.abort();
  await running;
});

describe('while the API server is away', () => {
  test('answers go on', async () => {
    const client = seededClient();
    await using dns = await started(client);
    await dns.ready;
    client.disconnect({ offline: true });
    await sleep(100);
    assert.deepEqual(dataOf(await ask(dns.port, web)), ['10.233.0.10']);
  });

  test('a new process answers from what the last one knew, until it knows better', async () => {
    const client = seededClient();
    const snapshotFile = join(directory, 'kept');
    {
      await using dns = await started(client, { snapshotFile });
      await dns.ready;
    }
    client.disconnect({ offline: true });
    await using dns = await started(client, { snapshotFile });
    await dns.ready;
    assert.deepEqual(dataOf(await ask(dns.port, web)), ['10.233.0.10']);
    assert.deepEqual(dataOf(await ask(dns.port, db)), ['10.233.64.5']);
    assert.equal(rcodeOf(await ask(dns.port, `nobody.${web}`)), rcodes.NXDOMAIN);
    client.seed(services, testService('young', { clusterIP: '10.233.0.77' }));
    client.reconnect();
    await eventually(
      'the young name',
      async () => rcodeOf(await ask(dns.port, 'young.default.svc.cluster.local')) === 0,
    );
  });

  test('without that, a name fails rather than being said not to exist; a process that knew nothing keeps nothing', async () => {
    const client = seededClient();
    client.disconnect({ offline: true });
    const snapshotFile = join(directory, 'never');
    {
      await using dns = await started(client, { snapshotFile });
      await sleep(50);
      assert.equal(rcodeOf(await ask(dns.port, web)), rcodes.SERVFAIL);
    }
    assert.equal(existsSync(snapshotFile), false);
  });

  const damages: Record<string, (text: string) => string> = {
    'cut short': (text) => text.slice(0, text.lastIndexOf('{')),
    'of another version': (text) => text.replace('"coxswainDns":1', '"coxswainDns":2'),
    'not JSON': () => 'x\ny',
    empty: () => '',
    'of other things': () => '{"coxswainDns":1,"objects":1}\n{"kind":"Secret"}\n',
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`a snapshot that is ${name} is not believed`, async () => {
      const client = seededClient();
      const snapshotFile = join(directory, 'damaged');
      {
        await using dns = await started(client, { snapshotFile });
        await dns.ready;
      }
      writeFileSync(snapshotFile, damage(readFileSync(snapshotFile, 'utf8')));
      client.disconnect({ offline: true });
      await using dns = await started(client, { snapshotFile });
      await sleep(50);
      assert.equal(rcodeOf(await ask(dns.port, web)), rcodes.SERVFAIL);
    });
  }
});

test('what is counted can be read', async () => {
  const registry = new Registry();
  await using dns = await started(seededClient(), { registry });
  await dns.ready;
  for (let round = 0; round < 3; round++) await ask(dns.port, web);
  await ask(dns.port, 'example.org', { type: 'AAAA', protocol: 'tcp' });
  const server = `server="dns://127.0.0.1:${dns.port}"`;
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await registry.metrics();
    for (const line of [
      `coredns_dns_requests_total{${server},zone="cluster.local.",view="",proto="udp",family="1",type="A"} 3`,
      `coredns_dns_requests_total{${server},zone=".",view="",proto="tcp",family="1",type="AAAA"} 1`,
      `coredns_dns_responses_total{${server},zone=".",view="",rcode="NXDOMAIN",plugin="forward"} 1`,
      `coredns_dns_request_duration_seconds_count{${server},zone="cluster.local.",view=""} 3`,
      'cox_dns_services 2',
    ]) {
      assert.ok(text.includes(line), `${line}\n${text}`);
    }
  }
});

test('an address that cannot be bound, or is none, is an error', async () => {
  await using dns = await started(seededClient());
  await dns.ready;
  const second = await started(seededClient(), { port: dns.port });
  await assert.rejects(second.ready, { code: 'EADDRINUSE' });
  const third = await started(seededClient(), { upstreams: ['dns.example'] });
  await assert.rejects(third.ready, /not the address of a DNS server: "dns.example"/);
});

test("cluster DNS has a Service by upstream's name", () => {
  const [service] = kubeDnsObjects('10.233.0.3');
  assert.equal(service?.metadata.labels?.['k8s-app'], 'kube-dns');
  assert.equal(service.spec.clusterIP, '10.233.0.3');
  assert.equal(service.spec.selector, undefined);
});
