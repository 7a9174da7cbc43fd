/**
 * What a Service costs: `bench/run services`, about three minutes, as root; `bench/run services planes` for the data
 * planes alone, `bench/run services rules` for how soon rules follow. Two nodes and three pods are network namespaces,
 * the proxies are the real ones and write to the kernel; Services and endpoints come from an API server in memory, since
 * making 30,000 through a real one would take minutes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import pino from 'pino';
import { endpointSlices, services } from '../src/api/resources.ts';
import { createInformerFactory } from '../src/client/informer-factory.ts';
import type { FakeClient } from '../src/client/testing/fake-client.ts';
import { createFakeClient } from '../src/client/testing/fake-client.ts';
import { findFreeSubnet, setUpNetwork } from '../src/network/set-up.ts';
import { teardownNetwork } from '../src/network/teardown/teardown.ts';
import type { RulesetApplier } from '../src/proxy/applier.ts';
import { HelperClient } from '../src/proxy/helper/client.ts';
import { NftablesApplier } from '../src/proxy/nftables/applier.ts';
import type { TransactionPath } from '../src/proxy/nftables/transactions.ts';
import { startProxy } from '../src/proxy/proxy.ts';
import type { Changes } from '../src/proxy/ruleset.ts';
import { testService, testSlice } from '../src/proxy/testing/objects.ts';
import { addressText } from '../src/system/ipv4.ts';
import { inNamespace } from '../src/system/namespaces.ts';
import { stateDirectory, TestMachine, testNetwork } from '../test/integration/network/machine.ts';
import { comparePlanes } from './services-planes.ts';
import { connectProgram, serverProgram } from './services-programs.ts';

const cluster = 'b-svc';
const [one, two] = [`cox-${cluster}-1`, `cox-${cluster}-2`];
const sizes = [10, 1000, 10_000, 30_000] as const;
const changesPerSecond = 100;
const changesEach = 100;

const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2));
};
const waitUntil = async (check: () => boolean, milliseconds = 60_000): Promise<void> => {
  const end = performance.now() + milliseconds;
  while (!check()) {
    if (performance.now() > end) throw new Error('the proxy did not follow');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** Carries out what it is told, and notes when each endpoint had its rules and how long a transaction took. */
class TimingApplier implements RulesetApplier {
  readonly #inner: RulesetApplier;
  readonly seeded = new Map<string, number>();
  readonly latencies: number[] = [];
  readonly full: number[] = [];
  readonly partial: number[] = [];

  constructor(inner: RulesetApplier) {
    this.#inner = inner;
  }

  async replace(...args: Parameters<RulesetApplier['replace']>): Promise<void> {
    const start = performance.now();
    await this.#inner.replace(...args);
    this.full.push(performance.now() - start);
  }

  async change(changes: Changes): Promise<void> {
    const start = performance.now();
    await this.#inner.change(changes);
    const end = performance.now();
    this.partial.push(end - start);
    const actions = [...changes.chains.values()].flat().flatMap((rule) => rule.actions);
    for (const action of actions) {
      if (action.action !== 'translate') continue;
      for (const { ip } of action.to) {
        const at = this.seeded.get(ip);
        if (at !== undefined && this.seeded.delete(ip)) this.latencies.push(end - at);
      }
    }
  }

  check(...args: Parameters<RulesetApplier['check']>): Promise<readonly string[]> {
    return this.#inner.check(...args);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

interface Setting {
  readonly directory: string;
  readonly at: (host: number) => string;
}

/** A proxy for each node over one API server in memory; `end` stops both and leaves their rules. */
function startProxies(client: FakeClient, { directory, at }: Setting) {
  const stop = new AbortController();
  const { signal } = stop;
  const informers = createInformerFactory(client, { signal });
  const helpers = [new HelperClient(), new HelperClient()];
  let direct = 0;
  const appliers = [one, two].map((namespace, index) => {
    const onPath = ({ by }: TransactionPath): void => void (direct += by === 'netlink' ? 1 : 0);
    return new TimingApplier(new NftablesApplier({ directory, namespace, helper: helpers[index], onPath }));
  });
  /** All rules are in the kernel, and changes go there by netlink. */
  const ready = (): boolean => direct === appliers.length && appliers.every(({ full }) => full.length > 0);
  const running = Promise.all(
    appliers.map((applier, index) =>
      startProxy(
        {
          informers,
          nodeName: `node-${index + 1}`,
          nodeAddresses: [at(11 + index)],
          podRange: '10.233.64.0/18',
          serviceRanges: ['10.233.0.0/18', '10.232.0.0/16'],
          localAddresses: ['10.233.0.3'],
          gatewayAddresses: [at(1)],
          runDirectory: directory,
          logger: pino({ level: 'silent' }),
          applier,
          forgetFlows: () => Promise.resolve([]),
          checkIntervalMs: 3_600_000,
        },
        signal,
      ),
    ),
  );
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
    for (const helper of helpers) helper.close();
  };
  return { appliers, ready, end };
}

/** One Service to each pod, and `count` others. */
function seed(client: FakeClient, count: number): void {
  for (const [name, clusterIP, pod] of targets) {
    client.seed(services, testService({ clusterIP }, { name }));
    client.seed(endpointSlices, testSlice([{ addresses: [pod], nodeName: 'node-1' }], { service: name, name }));
  }
  for (let index = 0; index < count; index += 1) {
    const name = `many-${index}`;
    client.seed(services, testService({ clusterIP: addressText(0x0a_e8_00_00 + index + 1) }, { name }));
    client.seed(endpointSlices, endpointOf(index, index));
  }
}
const endpointOf = (service: number, address: number) =>
  testSlice(
    [addressText(0x0a_e9_50_00 + address), '10.233.127.1'].map((ip) => ({ addresses: [ip], nodeName: 'node-2' })),
    { service: `many-${service}`, name: `many-${service}` },
  );

const targets = [
  ['near', '10.233.0.10', '10.233.64.8'],
  ['near-too', '10.233.0.20', '10.233.64.8'],
  ['far', '10.233.0.11', '10.233.65.8'],
  ['far-too', '10.233.0.21', '10.233.65.8'],
] as const;

/** Runs a program in a pod, and returns the JSON that it prints. */
async function measure(pod: string, program: string, ...argv: readonly string[]): Promise<unknown> {
  const [file = '', ...rest] = inNamespace(pod, ['node', '-e', program, ...argv]);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString();
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`the client ended with ${exitCode}`);
  return JSON.parse(output) as unknown;
}

async function startServer(pod: string): Promise<{ readonly pid: number; readonly stop: () => void }> {
  const [file = '', ...rest] = inNamespace(pod, ['node', '-e', serverProgram]);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { pid: child.pid ?? 0, stop: () => void child.kill('SIGKILL') };
}

/** Straight to the pod, through nftables and by sockets, with a thousand other Services. */
async function planes(pod: string, serverPids: readonly [number, number], setting: Setting): Promise<void> {
  const client = createFakeClient();
  seed(client, 1000);
  const { ready, end } = startProxies(client, setting);
  await waitUntil(ready);
  const [near, nearToo, far, farToo] = targets;
  const compared = [
    { place: 'same node', pod: near[2], server: serverPids[0], byRules: near[1], bySockets: nearToo[1] },
    { place: 'other node', pod: far[2], server: serverPids[1], byRules: far[1], bySockets: farToo[1] },
  ];
  await comparePlanes({ pod, node: one, targets: compared, measure });
  await end();
}

async function bySize(pod: string, setting: Setting): Promise<void> {
  const rows: Record<string, Record<string, number | string>> = {};
  for (const size of sizes) {
    const client = createFakeClient();
    seed(client, size);
    const { appliers, ready, end } = startProxies(client, setting);
    await waitUntil(ready);
    const [node] = appliers;
    if (node === undefined) throw new Error('no proxy');
    for (let round = 0; round < changesEach; round += 1) {
      node.seeded.set(addressText(0x0a_e9_50_00 + 40_000 + round), performance.now());
      client.seed(endpointSlices, endpointOf(round % size, 40_000 + round));
      await waitUntil(() => node.latencies.length > round);
    }
    const connects = async (ip: string, port: string) =>
      (await measure(pod, connectProgram, ip, port)) as { p50: number; p99: number };
    const { p50, p99 } = await connects('10.233.0.11', '80');
    const straight = await connects('10.233.65.8', '8080');
    rows[String(size)] = {
      'full sync ms': percentile(node.full, 0.5),
      'one change, ms in the kernel p50': percentile(node.partial, 0.5),
      'endpoint to rules p50 ms': percentile(node.latencies, 0.5),
      p99: percentile(node.latencies, 0.99),
      'connect p50 ms': p50,
      'connect p99': p99,
      'straight p50': straight.p50,
      'straight p99': straight.p99,
      'RSS MB, API server and both proxies': Math.round(process.memoryUsage.rss() / 1e6),
    };
    await end();
  }
  console.table(rows);
}

async function underChange(setting: Setting): Promise<void> {
  const client = createFakeClient();
  seed(client, 1000);
  const { appliers, ready, end } = startProxies(client, setting);
  await waitUntil(ready);
  const [node] = appliers;
  if (node === undefined) throw new Error('no proxy');
  const count = 5 * changesPerSecond;
  for (let change = 0; change < count; change += 1) {
    const address = 41_000 + change;
    node.seeded.set(addressText(0x0a_e9_50_00 + address), performance.now());
    client.seed(endpointSlices, endpointOf(change % 1000, address));
    await new Promise((resolve) => setTimeout(resolve, 1000 / changesPerSecond));
  }
  await waitUntil(() => node.latencies.length === count);
  console.table({
    '1,000 Services, 100 changes/s, two proxies': {
      'endpoint to rules p50 ms': percentile(node.latencies, 0.5),
      p99: percentile(node.latencies, 0.99),
      transactions: node.partial.length,
      'each, p50 ms': percentile(node.partial, 0.5),
    },
  });
  await end();
}

// Pods and clients inherit it: other work on the machine disturbs less.
setPriority(-10);
const machine = new TestMachine();
const directory = await stateDirectory('b-svc');
const subnet = await findFreeSubnet(['10.233.64.0/18', '10.233.0.0/18']);
const at = (host: number): string => subnet.replace('.0/24', `.${host}`);
const setting = { directory, at };
const stops: (() => void)[] = [];
try {
  const podRoutes = new Map([
    [1, [{ podRange: '10.233.65.0/24', nodeAddress: at(12) }]],
    [2, [{ podRange: '10.233.64.0/24', nodeAddress: at(11) }]],
  ]);
  const publish = { api: 0, http: 0, https: 0, nodePorts: { from: 25_500, to: 25_599 } };
  await setUpNetwork(testNetwork(cluster, subnet, { publish }), { stateDirectory: directory, podRoutes });
  const pod = await machine.pod('bc', one, '10.233.64.7');
  const near = await startServer(await machine.pod('b1', one, '10.233.64.8'));
  stops.push(near.stop);
  const far = await startServer(await machine.pod('b2', two, '10.233.65.8'));
  stops.push(far.stop);
  const part = process.argv[2];
  if (part !== 'rules') await planes(pod, [near.pid, far.pid], setting);
  if (part !== 'planes') await underChange(setting);
  if (part !== 'planes') await bySize(pod, setting);
} finally {
  for (const stop of stops) stop();
  await machine.close();
  await teardownNetwork({ cluster, subnet, stateDirectory: directory });
  await rm(directory, { recursive: true, force: true });
}
