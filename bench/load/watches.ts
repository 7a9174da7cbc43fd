import { LoadConnection } from './connection.ts';
import type { Target } from './connection.ts';
import { quantile } from './rates.ts';

export interface WatchLoad {
  readonly watches: number;
  /** Over how many connections. */
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** So many seconds of writes go ahead uncounted. */
  readonly warmUp: number;
}

export interface WatchResult {
  /** Milliseconds from when a write was due until the last watch had its event; sorted. */
  readonly toLast: readonly number[];
  /** The same to the middle one of the watches. */
  readonly median: number;
  readonly bytesEach: number;
}

const path = '/api/v1/namespaces/default/endpoints';
const newline = 10;

/** An object of the size that most changes in a cluster have. */
function endpoints(name: string): Buffer {
  const subsets = [{ addresses: [{ ip: '10.233.64.5', nodeName: 'node-1' }], ports: [{ port: 5000, name: 'http' }] }];
  return Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name }, subsets }));
}

/** Many watches of one collection, and writes to it at a steady rate. */
export async function watchAll(target: Target, load: WatchLoad): Promise<WatchResult> {
  const writer = await LoadConnection.open(target);
  const post = (name: string, onEnd: (status: number) => void): void =>
    writer.request('POST', path, endpoints(name), { onEnd });
  await new Promise<void>((resolve) => {
    post('marker', () => resolve());
    writer.flush();
  });
  const uncounted = load.perSecond * load.warmUp;
  const count = uncounted + load.perSecond * load.seconds;
  /** For each write, how many watches are yet to hear of it. */
  const missing = Array.from({ length: count }, () => load.watches);
  const due: number[] = [];
  const toLast: number[] = [];
  const toHalf: number[] = [];
  let whole = 0;
  let ready = 0;
  let bytes = 0;
  const all = Promise.withResolvers<void>();
  const allReady = Promise.withResolvers<void>();
  const failed = (status: number): void => all.reject(new Error(`a watch or write ended with ${status}`));
  const heard = (index: number): void => {
    const left = (missing[index] ?? 0) - 1;
    missing[index] = left;
    if (left === load.watches >> 1) toHalf[index] = performance.now() - (due[index] ?? 0);
    if (left > 0) return;
    toLast[index] = performance.now() - (due[index] ?? 0);
    whole += 1;
    if (whole === count) all.resolve();
  };
  const connections = await Promise.all(Array.from({ length: load.connections }, () => LoadConnection.open(target)));
  for (let watch = 0; watch < load.watches; watch += 1) {
    // The first event tells of the marker, each later one of the next write: they come in the order of the commits.
    let seen = -1;
    const onData = (part: Buffer): void => {
      bytes += part.length;
      for (let at = part.indexOf(newline); at !== -1; at = part.indexOf(newline, at + 1)) {
        if (seen >= 0) heard(seen);
        else if (++ready === load.watches) allReady.resolve();
        seen += 1;
      }
    };
    connections[watch % load.connections]?.request('GET', `${path}?watch=true&resourceVersion=0`, undefined, {
      onData,
      onEnd: failed,
    });
  }
  for (const connection of connections) connection.flush();
  await allReady.promise;
  bytes = 0;
  const began = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    for (const now = performance.now() - began; next < count && (next * 1000) / load.perSecond <= now; next += 1) {
      due[next] = began + (next * 1000) / load.perSecond;
      post(`written-${next}`, (status) => {
        if (status !== 201) failed(status);
      });
    }
    writer.flush();
    if (next === count) clearInterval(timer);
  }, 1);
  await all.promise;
  for (const connection of [...connections, writer]) connection.close();
  const counted = (times: readonly number[]): readonly number[] => times.slice(uncounted).toSorted((a, b) => a - b);
  return {
    toLast: counted(toLast),
    median: quantile(counted(toHalf), 0.5),
    bytesEach: bytes / load.watches / count,
  };
}
