/**
 * How many queries a second one DNS server answers, and how fast: `node bench/dns.ts`, about 15 s. The server is a
 * process of its own with 10,000 Services; this one asks it over the loopback interface.
 *
 * On a machine that does other things too, the column that counts is "per CPU second": queries for each second of
 * processor time that the server itself used.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordType } from 'dns-packet';
import dnsPacket from 'dns-packet';
import pino from 'pino';
import { Registry } from 'prom-client';
import { endpointSlices, namespaces, pods, services } from '../src/api/resources.ts';
import { createFakeClient } from '../src/client/testing/fake-client.ts';
import { dnsInformers } from '../src/dns/informers.ts';
import { startDns } from '../src/dns/start.ts';
import { testNamespace, testPod, testService, testSlice } from '../src/dns/testing/objects.ts';
import { freePort } from '../src/dns/testing/servers.ts';

const serviceCount = 10_000;
const secondsEach = 2;
/** Questions under way at a time: four clients with eight each. */
const [clients, window] = [4, 8];

interface Usage {
  readonly cpuMicroseconds: number;
}

/** The child process: serves until it is killed, and says what it has used when asked. */
async function serve(port: number, upstream: string): Promise<void> {
  const client = createFakeClient();
  client.seed(namespaces, testNamespace('default'));
  client.seed(pods, testPod('client', '127.0.0.1'));
  for (let at = 0; at < serviceCount; at++) {
    client.seed(
      services,
      testService(`web-${at}`, {
        clusterIP: `10.233.${at >> 8}.${at & 255}`,
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      }),
    );
    client.seed(endpointSlices, testSlice(`web-${at}`, [`10.233.${64 + (at >> 8)}.${at & 255}`]));
  }
  client.seed(services, testService('db', { clusterIP: 'None' }));
  client.seed(
    endpointSlices,
    testSlice(
      'db',
      Array.from({ length: 10 }, (_, at) => `10.233.64.${at + 1}`),
    ),
  );
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicroseconds: user + system } satisfies Usage);
  });
  const options = {
    informers: dnsInformers(client),
    address: '127.0.0.1',
    port,
    clusterDomain: 'cluster.local',
    upstreams: [upstream],
    nodeName: 'kube-worker-1',
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
    onReady: () => process.send?.('ready'),
  };
  await startDns(options, new AbortController().signal);
}

interface Load {
  readonly queries: number;
  readonly seconds: number;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
}

/** Keeps `window` questions under way from each of `clients` sockets. */
async function load(port: number, questions: readonly Buffer[]): Promise<Load> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + secondsEach * 1000;
  const sockets = Array.from({ length: clients }, () => {
    const socket = createSocket('udp4');
    const sentAt = new Float64Array(window);
    let next = 0;
    const send = (slot: number): void => {
      const question = Buffer.from(questions[next++ % questions.length] as Buffer);
      question.writeUInt16BE(slot);
      sentAt[slot] = performance.now();
      socket.send(question);
    };
    socket.on('message', (message) => {
      const slot = message.readUInt16BE();
      const now = performance.now();
      latencies.push(now - (sentAt[slot] as number));
      if (now < end) send(slot);
    });
    socket.connect(port, '127.0.0.1', () => {
      for (let slot = 0; slot < window; slot++) send(slot);
    });
    return socket;
  });
  await sleep(secondsEach * 1000 + 50);
  for (const socket of sockets) socket.close();
  return { queries: latencies.length, seconds: secondsEach, latencies: Float64Array.from(latencies).sort() };
}

async function usageOf(server: ChildProcess): Promise<Usage> {
  const answer = once(server, 'message');
  server.send('usage');
  const [usage] = (await answer) as [Usage];
  return usage;
}

const question = (name: string, type: RecordType = 'A'): Buffer =>
  dnsPacket.encode({ type: 'query', id: 0, flags: 0x100, questions: [{ type, name }] });
const many = (make: (at: number) => Buffer): Buffer[] => Array.from({ length: 1000 }, (_, at) => make(at * 10));

const workloads: Record<string, readonly Buffer[]> = {
  'Service, A': many((at) => question(`web-${at}.default.svc.cluster.local`)),
  'Service, AAAA (no data)': many((at) => question(`web-${at}.default.svc.cluster.local`, 'AAAA')),
  'named port, SRV': many((at) => question(`_http._tcp.web-${at}.default.svc.cluster.local`, 'SRV')),
  'headless, 10 endpoints': [question('db.default.svc.cluster.local')],
  'no such Service': many((at) => question(`none-${at}.elsewhere.svc.cluster.local`)),
  'outside, cached': [question('www.example.org')],
  'outside, search path finished': [question('www.example.org.default.svc.cluster.local')],
};

async function measure(): Promise<void> {
  const upstream = createSocket('udp4');
  upstream.on('message', (bytes, from) => {
    const { id, questions = [] } = dnsPacket.decode(bytes);
    const answers = [{ type: 'A' as const, name: questions[0]?.name ?? '', ttl: 300, data: '192.0.2.1' }];
    upstream.send(dnsPacket.encode({ type: 'response', id, questions, answers }), from.port, from.address);
  });
  upstream.bind(0, '127.0.0.1');
  await once(upstream, 'listening');
  const port = await freePort();
  const server = fork(import.meta.filename, ['serve', String(port), `127.0.0.1:${upstream.address().port}`]);
  await once(server, 'message');
  const rows: Record<string, Record<string, string | number>> = {};
  for (const [name, questions] of Object.entries(workloads)) {
    const before = await usageOf(server);
    const { queries, seconds, latencies } = await load(port, questions);
    const after = await usageOf(server);
    const percentile = (share: number): number =>
      Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2));
    rows[name] = {
      'queries/s': Math.round(queries / seconds),
      'per CPU second': Math.round((queries / (after.cpuMicroseconds - before.cpuMicroseconds)) * 1e6),
      'p50 ms': percentile(0.5),
      'p99 ms': percentile(0.99),
    };
  }
  console.table(rows);
  server.kill();
  upstream.close();
}

const [, , mode, port, upstream = ''] = process.argv;
await (mode === 'serve' ? serve(Number(port), upstream) : measure());
