// What the API server does over TLS with its store on disk. Prints a table; fails nothing: bench/run api
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { formatTable } from '../src/cli/table.ts';
import type { HttpsTransportOptions } from '../src/client/https-transport.ts';
import { httpsTransport } from '../src/client/https-transport.ts';
import type { Transport } from '../src/client/transport.ts';
import { typicalPod } from '../src/machinery/testing/typical-pod.ts';

const pods = 10_000;
const objects = 50_000;
const inFlight = 32;
const watches = 100;
/** On a real disk: not where temporary files may lie in memory. */
const directory = mkdtempSync(process.env['BENCH_DIRECTORY'] ?? '/var/tmp/cox-bench-');

interface Started {
  readonly kubeconfig: string;
  readonly loadMs: number;
  readonly openMs: number;
  readonly readyMs: number;
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

const children = new Set<ChildProcess>();
const rows: string[][] = [['what', 'measured']];
function report(what: string, measured: string): void {
  rows.push([what, measured]);
}
const round = (value: number): string => Math.round(value).toLocaleString('en');
const megabytes = (bytes: number): string => `${round(bytes / 2 ** 20)} MB`;

async function startServer(): Promise<{ child: ChildProcess; started: Started; options: HttpsTransportOptions }> {
  const script = join(import.meta.dirname, 'api-server.ts');
  const child = spawn(process.execPath, [script, join(directory, 'store')], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  assert.ok(child.stdout !== null);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const started = JSON.parse(line.toString()) as Started;
  const { clusters, users } = parse(readFileSync(started.kubeconfig, 'utf8')) as Kubeconfig;
  const decoded = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const options = {
    server: cluster['server'] ?? '',
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
  return { child, started, options };
}

async function stopServer(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
  children.delete(child);
}

async function exchange(transport: Transport, method: string, path: string, body?: unknown): Promise<number> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'bench' };
  const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
  const response = await transport.request({ method, path, headers, ...sent });
  let bytes = 0;
  for await (const chunk of response.body) bytes += chunk.length;
  assert.ok(response.status < 300, `${method} ${path}: ${response.status}`);
  return bytes;
}

interface Rate {
  readonly perSecond: number;
  /** Of the server's processor time, for each request: steadier than the clock on a busy machine. */
  readonly serverMs: number;
  readonly median: number;
  readonly slowest: number;
}

/** Sends so many requests, always 32 at a time. */
async function rate(count: number, send: (index: number) => Promise<unknown>): Promise<Rate> {
  const times: number[] = [];
  let next = 0;
  const sendOn = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const began = performance.now();
      await send(index);
      times.push(performance.now() - began);
    }
  };
  const began = performance.now();
  const spent = serverCpuMs();
  await Promise.all(Array.from({ length: inFlight }, sendOn));
  const seconds = (performance.now() - began) / 1000;
  const serverMs = (serverCpuMs() - spent) / count;
  times.sort((a, b) => a - b);
  return {
    perSecond: count / seconds,
    serverMs,
    median: times[count >> 1] ?? 0,
    slowest: times[Math.floor(count * 0.99)] ?? 0,
  };
}

function rateText({ perSecond, median, slowest, serverMs }: Rate): string {
  const times = `median ${median.toFixed(1)} ms, 99 % below ${slowest.toFixed(1)} ms`;
  return `${round(perSecond)}/s, ${times}, ${serverMs.toFixed(2)} ms of CPU each`;
}

/** Processor time of all servers that run, in milliseconds. */
function serverCpuMs(): number {
  let ticks = 0;
  for (const { pid } of children) {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  // A tick is a hundredth of a second on every Linux that matters.
  return ticks * 10;
}

async function timed(work: () => Promise<number>): Promise<string> {
  const times: number[] = [];
  const spent = serverCpuMs();
  let bytes = 0;
  for (let turn = 0; turn < 5; turn += 1) {
    const began = performance.now();
    bytes = await work();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const cpu = (serverCpuMs() - spent) / times.length;
  return `${(times[2] ?? 0).toFixed(1)} ms (${(bytes / 1e6).toFixed(1)} MB), ${cpu.toFixed(0)} ms of CPU`;
}

const configMaps = '/api/v1/namespaces/default/configmaps';
function configMap(name: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(1700) } };
}
function pod(index: number): object {
  const { metadata, spec } = typicalPod(`pod-${String(index).padStart(5, '0')}`);
  const { name, labels } = metadata;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
}

async function measureWrites(transport: Transport): Promise<void> {
  const create = (prefix: string) => (index: number) =>
    exchange(transport, 'POST', configMaps, configMap(`${prefix}-${index}`));
  await rate(500, create('warm'));
  report(`creates of 2 KB, on disk, ${inFlight} in flight`, rateText(await rate(5000, create('measured'))));
  report(
    `gets, ${inFlight} in flight`,
    rateText(await rate(10_000, (index) => exchange(transport, 'GET', `${configMaps}/measured-${index % 5000}`))),
  );
  const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await exchange(transport, 'POST', '/api/v1/namespaces/default/serviceaccounts', serviceAccount);
  const made = await rate(pods, (index) => exchange(transport, 'POST', '/api/v1/namespaces/default/pods', pod(index)));
  report(`creates of pods, ${inFlight} in flight`, rateText(made));
  await rate(objects - pods - 5500, create('fill'));
}

async function measureReads(transport: Transport): Promise<void> {
  const all = '/api/v1/pods';
  report(`list of ${round(pods)} pods`, await timed(() => exchange(transport, 'GET', all)));
  report('page of 500 pods', await timed(() => exchange(transport, 'GET', `${all}?limit=500`)));
  report(
    'list by label, none of them matching',
    await timed(() => exchange(transport, 'GET', `${all}?labelSelector=a%3Db`)),
  );
  report('get while lists are sent, 4 at a time', rateText(await besideLists(transport)));
}

/** Gets, while other clients list everything again and again. */
async function besideLists(transport: Transport): Promise<Rate> {
  let done = false;
  const list = async (): Promise<void> => {
    while (!done) await exchange(transport, 'GET', '/api/v1/pods?limit=500');
  };
  const lists = Promise.all(Array.from({ length: 4 }, list));
  const result = await rate(1000, (index) => exchange(transport, 'GET', `${configMaps}/measured-${index % 5000}`));
  done = true;
  await lists;
  return result;
}

/** Many watches of one resource: how many events a second reach the clients. */
async function measureWatches(options: HttpsTransportOptions): Promise<void> {
  const transports = Array.from({ length: 10 }, () => httpsTransport(options));
  const [first] = transports;
  assert.ok(first !== undefined);
  const writes = 500;
  const cut = new AbortController();
  let events = 0;
  const all = Promise.withResolvers<void>();
  const path = '/api/v1/namespaces/default/services?watch=true&resourceVersion=0';
  const follow = async (transport: Transport): Promise<void> => {
    const response = await transport.request({
      method: 'GET',
      path,
      headers: { accept: 'application/json' },
      signal: cut.signal,
    });
    assert.equal(response.status, 200);
    started.push(count(response.body));
  };
  const count = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
    try {
      for await (const chunk of body) {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) events += 1;
        if (events >= writes * watches + initial) all.resolve();
      }
    } catch (error) {
      if (!cut.signal.aborted) throw error;
    }
  };
  // What is there already is sent to each watch first.
  let initial = Infinity;
  const started: Promise<void>[] = [];
  await Promise.all(Array.from({ length: watches }, (_, index) => follow(transports[index % 10] ?? first)));
  await new Promise((resolve) => setTimeout(resolve, 500));
  initial = events;
  const began = performance.now();
  const spent = serverCpuMs();
  const write = await rate(writes, (index) =>
    exchange(first, 'POST', '/api/v1/namespaces/default/services', service(index)),
  );
  await all.promise;
  const seconds = (performance.now() - began) / 1000;
  report(
    `events to ${watches} watches`,
    `${round((writes * watches) / seconds)}/s, ${(((serverCpuMs() - spent) * 1000) / writes / watches).toFixed(0)} µs of CPU each, from ${round(write.perSecond)} writes/s`,
  );
  cut.abort();
  await Promise.all(started);
  await Promise.all(transports.map((transport) => transport.close()));
}

function service(index: number): object {
  const annotations = { text: 'x'.repeat(1500) };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `service-${index}`, annotations },
    spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
  };
}

function residentBytes(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024;
}

function reportStart(what: string, { openMs, loadMs, readyMs }: Started): void {
  report(
    what,
    `${round(readyMs)} ms: modules ${round(loadMs)}, store ${round(openMs)}, rest ${round(readyMs - openMs - loadMs)}`,
  );
}

try {
  const first = await startServer();
  reportStart('start, empty', first.started);
  report('resident memory, empty', megabytes(residentBytes(first.child.pid)));
  const transport = httpsTransport(first.options);
  await measureWrites(transport);
  report(`resident memory, ${round(objects)} objects of 2 KB`, megabytes(residentBytes(first.child.pid)));
  await measureReads(transport);
  await measureWatches(first.options);
  report('resident memory, after the lists and watches', megabytes(residentBytes(first.child.pid)));
  await transport.close();
  await stopServer(first.child);
  const second = await startServer();
  reportStart(`start, ${round(objects)} objects`, second.started);
  report('resident memory after that start', megabytes(residentBytes(second.child.pid)));
  await stopServer(second.child);
  process.stdout.write(`${formatTable(rows).join('\n')}\n`);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
}
