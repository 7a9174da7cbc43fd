/**
 * What routing by state costs: our nginx beside one whose configuration was written by hand for the same route, and
 * beside HAProxy and Caddy where they are installed; then with 10, 1,000 and 5,000 Ingresses. `bench/run ingress`, as
 * root, about 2 minutes; it needs wrk. Without a cluster: the controller runs in this process on a fake API server, the
 * backends are an nginx that answers from memory, and everything talks over loopback. On a machine that does other
 * things too, the column that counts is "per CPU second": requests for each second of processor time of the proxy.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { endpointSlices, ingressClasses, ingresses, secrets, services } from '../src/api/resources.ts';
import { createEventRecorder } from '../src/client/event-recorder.ts';
import { createInformerFactory } from '../src/client/informer-factory.ts';
import { createFakeClient } from '../src/client/testing/fake-client.ts';
import { formatTable } from '../src/cli/table.ts';
import { ingressObjects, prepareNginx, startIngress } from '../src/ingress/ingress.ts';
import { testIngress, testPath, testSecret, testService, testSlice } from '../src/ingress/testing/objects.ts';
import { exec } from '../src/system/exec.ts';
import { ask, freePort, nginxDirectory, Supervised } from '../test/integration/ingress/machine.ts';

const host = 'bench.example.com';
const secondsEach = 1;
const rounds = 3;
const client = createFakeClient();
const directory = await nginxDirectory('bench-ingress');
const other = `${directory}-others`;
const stop = new AbortController();
const processes: ChildProcess[] = [];

interface Load {
  readonly perSecond: number;
  /** For each second of processor time that the proxy used. */
  readonly perCpuSecond: number;
  readonly p99Ms: number;
  readonly failed: number;
}

const ticksPerSecond = 100;

/** Processor time of a process and its children, in seconds. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  return own + childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), 0);
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** Loads one URL with wrk; `fresh` makes a new connection for each request. */
async function load(url: string, fresh: boolean, pid: number): Promise<Load> {
  const before = cpuSeconds(pid);
  const headers = ['-H', `Host: ${host}`, ...(fresh ? ['-H', 'Connection: close'] : [])];
  const argv = ['wrk', '-t', '1', '-c', '32', '-d', `${secondsEach}s`, '--latency', ...headers, url];
  const { stdout } = await exec(argv, { timeoutMs: 30_000 });
  const used = cpuSeconds(pid) - before;
  const [, p99 = '', unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  const scale = { us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN;
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? [];
  // With "Connection: close" wrk counts the end of each connection as an error of reading.
  const [connect = 0, read = 0, write = 0, timeout = 0] = errors.slice(1).map(Number);
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    perCpuSecond: Number(/(\d+) requests in/.exec(stdout)?.[1]) / used,
    p99Ms: Number(p99) * scale,
    failed: connect + write + timeout + bad + (fresh ? 0 : read),
  };
}

/** Starts a program, which ends with this one; its process id. */
function start(command: string, ...args: readonly string[]): number {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  processes.push(child);
  return child.pid ?? 0;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const ms = (value: number): string => `${value.toFixed(1)} ms`;

const [httpPort, httpsPort, backendPort] = [await freePort(), await freePort(), await freePort()];
const addresses = { a: '127.0.8.1', b: '127.0.8.2' };

const common = (name: string): string => `
daemon off; pid ${other}/${name}.pid; error_log stderr warn; worker_processes 2; worker_rlimit_nofile 16384;
events { worker_connections 4096; multi_accept on; }`;

/** An nginx that answers with its name from memory. */
async function startBackends(): Promise<void> {
  const servers = Object.entries(addresses).map(
    ([name, address]) =>
      `server { listen ${address}:${backendPort} backlog=4096; location / { return 200 "${name}"; } }`,
  );
  const text = `${common('backend')}
http { access_log off; keepalive_requests 1000000; default_type text/plain; ${servers.join('\n')} }`;
  await writeFile(`${other}/backend.conf`, text);
  start('nginx', '-p', `${other}/`, '-c', `${other}/backend.conf`, '-e', 'stderr');
}

interface Rival {
  readonly name: string;
  readonly http: number;
  readonly https: number | undefined;
  readonly pid: number;
}

/** nginx alone, with what one would write by hand for the same route: keep-alive to backends, the same headers. */
async function startPlainNginx(): Promise<Rival> {
  const [http, https] = [await freePort(), await freePort()];
  const headers = ['Host $http_host', 'X-Real-IP $remote_addr', 'X-Forwarded-For $remote_addr', 'Connection ""'];
  const text = `${common('plain')}
http {
  access_log off; server_tokens off; tcp_nodelay on; keepalive_requests 1000;
  ssl_session_cache shared:tls:2m; ssl_session_tickets off; ssl_protocols TLSv1.2 TLSv1.3;
  upstream backend { server ${addresses.a}:${backendPort}; server ${addresses.b}:${backendPort}; keepalive 320; keepalive_requests 10000; }
  server {
    listen 127.0.0.1:${http}; listen 127.0.0.1:${https} ssl http2; server_name ${host};
    ssl_certificate ${directory}/default.pem; ssl_certificate_key ${directory}/default.pem;
    location / {
      proxy_pass http://backend; proxy_http_version 1.1; proxy_buffering off;
      ${headers.map((header) => `proxy_set_header ${header};`).join(' ')}
    }
  }
}`;
  await writeFile(`${other}/plain.conf`, text);
  const pid = start('nginx', '-p', `${other}/`, '-c', `${other}/plain.conf`, '-e', 'stderr');
  return { name: 'nginx by hand', http, https, pid };
}

/** A program on PATH or in one of the folders of $BENCH_PATH; undefined where it is not installed. */
function find(program: string): string | undefined {
  const folders = `${process.env['BENCH_PATH'] ?? ''}:${process.env['PATH'] ?? ''}:/usr/sbin`.split(':');
  return folders.map((folder) => join(folder, program)).find((path) => path.startsWith('/') && existsSync(path));
}

async function startHaproxy(program: string): Promise<Rival> {
  const [http, https] = [await freePort(), await freePort()];
  const text = `
global
  nbthread 2
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend web
  bind 127.0.0.1:${http}
  bind 127.0.0.1:${https} ssl crt ${directory}/default.pem alpn h2,http/1.1
  default_backend pods
backend pods
  option forwardfor
  server a ${addresses.a}:${backendPort}
  server b ${addresses.b}:${backendPort}
`;
  await writeFile(`${other}/haproxy.cfg`, text);
  const pid = start(program, '-db', '-q', '-f', `${other}/haproxy.cfg`);
  return { name: 'HAProxy', http, https, pid };
}

async function startCaddy(program: string): Promise<Rival> {
  const http = await freePort();
  const upstreams = Object.values(addresses).map((address) => ({ dial: `${address}:${backendPort}` }));
  const routes = [{ match: [{ host: [host] }], handle: [{ handler: 'reverse_proxy', upstreams }] }];
  const server = { listen: [`127.0.0.1:${http}`], automatic_https: { disable: true }, routes };
  const config = {
    admin: { disabled: true },
    logging: { logs: { default: { level: 'ERROR' } } },
    apps: { http: { servers: { web: server } } },
  };
  await writeFile(`${other}/caddy.json`, JSON.stringify(config));
  const child = spawn(program, ['run', '--config', `${other}/caddy.json`], {
    stdio: 'ignore',
    env: { ...process.env, HOME: other, XDG_DATA_HOME: other, XDG_CONFIG_HOME: other },
  });
  processes.push(child);
  return { name: 'Caddy', http, https: undefined, pid: child.pid ?? 0 };
}

const agent = new Agent({ keepAlive: true });
const answerOf = async (name: string): Promise<string> => (await ask({ port: httpPort, host: name, agent })).text;

/** The time until a host is answered so, in milliseconds. */
async function effect(name: string, wanted: string): Promise<number> {
  const begin = performance.now();
  while ((await answerOf(name)) !== wanted) {
    if (performance.now() - begin > 10_000) throw new Error(`${name} is not answered with "${wanted}" within 10 s`);
    await sleep(1);
  }
  return performance.now() - begin;
}

function route(name: string, service: string): void {
  const annotations = { 'ssl-redirect': 'false' };
  client.seed(
    ingresses,
    testIngress(name, { host: `${name}.example.com`, annotations, paths: [testPath('/', service)] }),
  );
}

async function startOurs(): Promise<Supervised> {
  await prepareNginx({ directory, httpPort, httpsPort, listenAddress: '127.0.0.1' });
  const nginx = new Supervised(directory);
  nginx.start();
  for (const object of ingressObjects()) client.seed(ingressClasses, object);
  client.seed(secrets, testSecret('tls'));
  for (const [name, found] of Object.entries({ ...addresses, web: addresses.a })) {
    client.seed(services, testService(name));
    client.seed(endpointSlices, testSlice(name, backendPort, name === 'web' ? Object.values(addresses) : [found]));
  }
  route('bench', 'web');
  const ready = Promise.withResolvers<void>();
  void startIngress(
    {
      client,
      informers: createInformerFactory(client, { signal: stop.signal }),
      recorder: createEventRecorder(client, { component: 'nginx-ingress-controller' }),
      logger: pino({ level: 'silent' }),
      nodeName: 'node-1',
      directory,
      httpPort,
      httpsPort,
      listenAddress: '127.0.0.1',
      publishAddresses: ['127.0.0.1'],
      onReady: ready.resolve,
    },
    stop.signal,
  ).catch(ready.reject);
  await ready.promise;
  return nginx;
}

async function benchRivals(pid: number): Promise<readonly string[][]> {
  const ours: Rival = { name: 'ours', http: httpPort, https: httpsPort, pid };
  const rivals = [ours, await startPlainNginx()];
  const [haproxy, caddy] = [find('haproxy'), find('caddy')];
  if (haproxy !== undefined) rivals.push(await startHaproxy(haproxy));
  if (caddy !== undefined) rivals.push(await startCaddy(caddy));
  await sleep(1000);
  const rows: string[][] = [];
  for (const [what, secure, fresh] of [
    ['HTTP, kept connections', false, false],
    ['HTTP, a connection a request', false, true],
    ['TLS, kept connections', true, false],
    ['TLS, a connection a request', true, true],
  ] as const) {
    const found = new Map<string, Load[]>();
    // Turn by turn, so that what else the machine does falls on all alike.
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, http, https, pid: own } of rivals) {
        const port = secure ? https : http;
        if (port === undefined) continue;
        const url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}/`;
        found.set(name, [...(found.get(name) ?? []), await load(url, fresh, own)]);
      }
    }
    const middle = (name: string, of: (load: Load) => number): number => median((found.get(name) ?? []).map(of));
    const cost = (name: string): number => middle(name, ({ perCpuSecond }) => perCpuSecond);
    for (const [name, loads] of found) {
      rows.push([
        what,
        name,
        String(Math.round(middle(name, ({ perSecond }) => perSecond))),
        String(Math.round(cost(name))),
        (cost(name) / cost('nginx by hand')).toFixed(2),
        ms(median(loads.map(({ p99Ms }) => p99Ms))),
        String(loads.reduce((sum, { failed }) => sum + failed, 0)),
      ]);
    }
  }
  if (haproxy === undefined) rows.push(['', 'HAProxy is not installed', '', '', '', '', '']);
  if (caddy === undefined) rows.push(['', 'Caddy is not installed', '', '', '', '', '']);
  for (const child of processes.splice(1)) child.kill();
  return rows;
}

/** Resident memory of a process and its children, in MB. */
function megabytes(pid: number): number {
  const own = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  return own + childrenOf(pid).reduce((sum, child) => sum + megabytes(child), 0);
}

async function benchSizes(nginx: Supervised): Promise<readonly string[][]> {
  const rows: string[][] = [];
  let made = 1;
  for (const size of [10, 1000, 5000]) {
    for (; made < size; made += 1) route(`many-${made}`, 'web');
    route('last', 'a');
    await effect('last.example.com', 'a');
    const kept: number[] = [];
    for (let round = 0; round < rounds; round += 1)
      kept.push((await load(`http://127.0.0.1:${httpPort}/`, false, nginx.pid)).perCpuSecond);
    const times: number[] = [];
    for (let round = 0; round < 40; round += 1) {
      const service = round % 2 === 0 ? 'b' : 'a';
      route('last', service);
      times.push(await effect('last.example.com', service));
    }
    rows.push([
      String(size),
      String(Math.round(median(kept))),
      ms(percentile(times, 0.5)),
      ms(percentile(times, 0.99)),
      `${Math.round(megabytes(nginx.pid))} MB`,
      `${Math.round(process.memoryUsage().rss / 1024 ** 2)} MB`,
    ]);
  }
  return rows;
}

/** Moves one Service's endpoint again and again, while those of others change 100 times a second. */
async function benchEndpoints(): Promise<readonly string[]> {
  for (let at = 0; at < 20; at += 1) {
    client.seed(services, testService(`noise-${at}`));
    route(`noise-${at}`, `noise-${at}`);
  }
  route('moving', 'moving');
  client.seed(services, testService('moving'));
  client.seed(endpointSlices, testSlice('moving', backendPort, [addresses.a]));
  await effect('moving.example.com', 'a');
  let changes = 0;
  const noise = setInterval(() => {
    const found = changes % 2 === 0 ? [addresses.a] : [addresses.b];
    client.seed(endpointSlices, testSlice(`noise-${changes % 20}`, backendPort, found));
    changes += 1;
  }, 10);
  const times: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const name = round % 2 === 0 ? 'b' : 'a';
    client.seed(endpointSlices, testSlice('moving', backendPort, [addresses[name]]));
    times.push(await effect('moving.example.com', name));
  }
  clearInterval(noise);
  return [String(times.length), ms(percentile(times, 0.5)), ms(percentile(times, 0.99))];
}

const begun = performance.now();
/** Parts can be named; all run where none is. */
const wants = (part: 'rivals' | 'sizes' | 'endpoints'): boolean =>
  process.argv.length < 3 || process.argv.slice(2).includes(part);
await mkdir(other, { recursive: true });
let nginx: Supervised | undefined;
try {
  await exec(['wrk', '-v'], { acceptExitCodes: [0, 1] }).catch((error: unknown) => {
    throw new Error('wrk is missing: apt-get install wrk', { cause: error });
  });
  await startBackends();
  nginx = await startOurs();
  const print = (rows: readonly (readonly string[])[]): void => console.log(`${formatTable(rows).join('\n')}\n`);
  if (wants('rivals'))
    print([
      ['WHAT', 'BY', 'REQUESTS/S', 'PER CPU SECOND', 'OF NGINX', 'P99', 'FAILED'],
      ...(await benchRivals(nginx.pid)),
    ]);
  if (wants('sizes'))
    print([
      ['INGRESSES', 'PER CPU SECOND', 'WRITE TO EFFECT, P50', 'P99', 'NGINX', 'CONTROLLER AND FAKE API'],
      ...(await benchSizes(nginx)),
    ]);
  if (wants('endpoints')) print([['ENDPOINT CHANGES, BESIDE 100/S OF OTHERS', 'P50', 'P99'], await benchEndpoints()]);
  console.log(`${Math.round((performance.now() - begun) / 1000)} s`);
} finally {
  stop.abort();
  agent.destroy();
  for (const child of processes) child.kill();
  await nginx?.stop();
  await rm(directory, { recursive: true, force: true });
  await rm(other, { recursive: true, force: true });
}
process.exit();
