// What the API server does over TLS with its store on disk, at different numbers of objects. Prints a table; fails
// nothing: bench/run api [objects, e.g. 1000]
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatTable } from '../src/cli/table.ts';
import type { Target } from './load/connection.ts';
import { configMap, configMaps, fill, pathOf } from './load/objects.ts';
import type { Running } from './load/processes.ts';
import { cpuMs, killAll, residentBytes, start } from './load/processes.ts';
import type { Rate, Sent } from './load/rates.ts';
import { pace, quantile, saturate, single } from './load/rates.ts';
import { watchAll } from './load/watches.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 10_000, 50_000, 100_000];
const inFlight = 32;
/** On a real disk: not where temporary files may lie in memory. */
const directory = mkdtempSync(process.env['BENCH_DIRECTORY'] ?? '/var/tmp/cox-bench-');
const keys = join(directory, 'keys');

interface Started {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly files: readonly string[];
  readonly modulesMs: number;
  readonly storeMs: number;
}

/** What was measured at one number of objects, by name. */
type Column = Map<string, string>;

const round = (value: number): string => Math.round(value).toLocaleString('en');
const megabytes = (bytes: number): string => `${round(bytes / 2 ** 20)} MB`;
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function targetOf({ port, ca, cert, key }: Started): Target {
  const decoded = (text: string): Buffer => Buffer.from(text, 'base64');
  return { host: '127.0.0.1', port, ca: decoded(ca), cert: decoded(cert), key: decoded(key) };
}

/** The most that the server does, and how long single requests take at half of what it has to do. */
async function rates(
  server: Running<Started>,
  column: Column,
  { name, half, next }: { name: string; half: number; next: (index: number) => Sent },
): Promise<void> {
  const target = targetOf(server.said);
  let sent = 0;
  const fresh = (): Sent => next(sent++);
  await saturate(target, fresh, { seconds: 1, inFlight });
  const before = cpuMs(server.pid);
  const most: Rate = await saturate(target, fresh, { seconds: 2, inFlight });
  const each = (cpuMs(server.pid) - before) / most.times.length;
  column.set(`${name}, ${inFlight} in flight`, `${round(most.perSecond)}/s`);
  column.set(`${name}: processor time of the server for each`, `${round(each * 1000)} µs`);
  const paced = await pace(target, fresh, { seconds: 2, perSecond: half });
  column.set(`${name}, ${round(half)}/s: 99 % within`, ms(quantile(paced.times, 0.99)));
}

async function reads(server: Running<Started>, column: Column): Promise<void> {
  const target = targetOf(server.said);
  const pods = '/api/v1/namespaces/default/pods';
  const measured = async (name: string, path: string): Promise<void> => {
    const { times, bytes } = await single(target, { method: 'GET', path }, 7);
    column.set(name, `${ms(quantile(times, 0.5))}, ${(bytes / 1e6).toFixed(1)} MB`);
  };
  await measured('list of all pods, at most 10,000', pods);
  await measured('page of 500 pods', `${pods}?limit=500`);
  await measured('pods by label, none of them matching', `${pods}?labelSelector=a%3Db`);
  await measured('pods of one node of a hundred', `${pods}?fieldSelector=spec.nodeName%3Dnode-7`);
}

async function measure(count: number): Promise<Column> {
  const column: Column = new Map();
  const store = join(directory, `store-${count}`);
  await fill(store, count);
  const server = await start<Started>('api-server.ts', store, keys);
  const { modulesMs, storeMs } = server.said;
  column.set('start', `${round(server.startMs)} ms`);
  column.set('of it modules, store', `${round(modulesMs)}, ${round(storeMs)} ms`);
  column.set('resident memory after the start', megabytes(residentBytes(server.pid)));
  await rates(server, column, {
    name: 'gets',
    half: 5000,
    next: (index) => ({ method: 'GET', path: pathOf(index * 7, count) }),
  });
  await rates(server, column, {
    name: 'creates of 2 KB, on disk',
    half: 1000,
    next: (index) => ({ method: 'POST', path: configMaps, body: configMap(`created-${index}`) }),
  });
  await reads(server, column);
  const before = cpuMs(server.pid);
  const watched = await watchAll(targetOf(server.said), {
    watches: 1000,
    connections: 100,
    perSecond: 200,
    seconds: 3,
    warmUp: 1,
  });
  const each = ((cpuMs(server.pid) - before) * 1000) / (1000 * 200 * 4);
  column.set('200 writes/s to 1,000 watches: median', ms(watched.median));
  column.set('the same, 99 % at the last watch within', ms(quantile(watched.toLast, 0.99)));
  column.set(
    'the same: processor time of the server for each event',
    `${each.toFixed(1)} µs of ${round(watched.bytesEach)} bytes`,
  );
  column.set('resident memory after all that', megabytes(residentBytes(server.pid)));
  await server.stop();
  return column;
}

/** What this generator gets out of Node alone, and out of the server's own ways to answer without an object. */
async function bare(): Promise<string> {
  const empty = await start<Started>('api-server.ts', join(directory, 'empty'), keys);
  const { said, pid } = empty;
  const resident = megabytes(residentBytes(pid));
  await empty.stop();
  const server = await start<{ port: number }>('api-bare-server.ts', ...said.files);
  const target = { ...targetOf(said), port: server.said.port };
  const next = (): Sent => ({ method: 'GET', path: '/' });
  await saturate(target, next, { seconds: 1, inFlight });
  const before = cpuMs(server.pid);
  const { perSecond, times } = await saturate(target, next, { seconds: 2, inFlight });
  const each = ((cpuMs(server.pid) - before) * 1000) / times.length;
  await server.stop();
  return `An empty server: ${round(empty.startMs)} ms to start, ${resident}.\nNode's HTTP/2 alone, each answer the same 2 KB: ${round(perSecond)}/s, ${round(each)} µs of its processor time each.`;
}

try {
  const text = await bare();
  const columns: Column[] = [];
  for (const size of sizes) columns.push(await measure(size));
  const names = [...(columns[0]?.keys() ?? [])];
  const rows = names.map((name) => [name, ...columns.map((column) => column.get(name) ?? '')]);
  const head = ['objects', ...sizes.map((size) => round(size))];
  process.stdout.write(`${text}\n\n${formatTable([head, ...rows]).join('\n')}\n`);
} finally {
  killAll();
  rmSync(directory, { recursive: true });
}
