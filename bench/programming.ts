/**
 * How soon a moved endpoint is known on real nodes: `bench/run programming [--no-socket-balancing]`, about 40 s, as root.
 * A cluster of two nodes has 1,000 Services, every tenth of them headless, and 100 of their EndpointSlices a second get
 * another endpoint through the API server. A process on a node asks DNS until it has the new address; what the proxies
 * and DNS servers themselves count, from the time in the slice's annotation, comes from their metrics.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { formatTable } from '../src/cli/table.ts';
import { endpointSlices, services } from '../src/api/resources.ts';
import { httpsTransport } from '../src/client/https-transport.ts';
import { createApiClient } from '../src/client/rest-client.ts';
import { clusterPaths } from '../src/cluster/paths.ts';
import { addressText } from '../src/system/ipv4.ts';
import { TestCluster } from '../test/e2e/cluster.ts';

const serviceCount = 1000;
const headlessEvery = 10;
const changesPerSecond = 100;
const seconds = 10;
const nodes = ['kube-worker-1', 'kube-worker-2'] as const;
const flags = ['--api-port=36443', '--http-port=38080', '--https-port=38443', '--node-port-range=33000-33099'];
const cluster = new TestCluster('bench', [...flags, ...process.argv.slice(2)]);

/** In a node's network: reads `NAME ADDRESS TIME` lines, asks cluster DNS until NAME has ADDRESS, prints how long after TIME. */
const prober = `
const { createSocket } = require('node:dgram');
const socket = createSocket('udp4');
const waiting = new Map();
let id = 0;
const question = (name) => {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  const header = Buffer.alloc(12);
  id = (id + 1) & 0xffff;
  header.writeUInt16BE(id); header.writeUInt16BE(0x100, 2); header.writeUInt16BE(1, 4);
  return Buffer.concat([header, ...labels, Buffer.of(0, 0, 1, 0, 1)]);
};
socket.on('message', (message) => {
  const one = waiting.get(message.readUInt16BE());
  waiting.delete(message.readUInt16BE());
  if (one === undefined) return;
  if (message.includes(one.address)) console.log(Date.now() - one.time);
  else setTimeout(ask, 1, one);
});
const ask = (one) => { const bytes = question(one.name); waiting.set(id, one); socket.send(bytes, 53, '10.233.0.3'); };
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [name, address, time] = line.split(' ');
  ask({ name, address: Buffer.from(address.split('.').map(Number)), time: Number(time) });
});
`;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

function connect() {
  const { clusters, users } = parse(readFileSync(cluster.kubeconfig, 'utf8')) as Kubeconfig;
  const [where, who] = [clusters[0]?.cluster, users[0]?.user];
  if (where === undefined || who === undefined) throw new Error('the kubeconfig names no cluster or no user');
  const decoded = (text: string): Buffer => Buffer.from(text, 'base64');
  const transport = httpsTransport({
    server: where.server,
    ca: decoded(where['certificate-authority-data']),
    cert: decoded(who['client-certificate-data']),
    key: decoded(who['client-key-data']),
  });
  return { client: createApiClient(transport, { userAgent: 'bench' }), close: () => transport.close() };
}

const nameOf = (index: number): string => `bench-${index}`;
const address = (number: number): string => addressText(0x0a_e9_50_00 + number);
const endpointsOf = (number: number) => {
  return [address(number), '10.233.127.1'].map((ip) => ({ addresses: [ip], conditions: { ready: true } }));
};

async function seed(client: ReturnType<typeof connect>['client']): Promise<void> {
  const add = async (index: number): Promise<void> => {
    const [name, namespace] = [nameOf(index), 'default'];
    const ports = [{ port: 80, targetPort: 8080, protocol: 'TCP' as const }];
    const spec = { type: 'ClusterIP' as const, ports, ...(index % headlessEvery === 0 ? { clusterIP: 'None' } : {}) };
    const status = { loadBalancer: {} };
    await client.create(services, { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec, status });
    await client.create(endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: endpointsOf(index),
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    });
  };
  for (let start = 0; start < serviceCount; start += 25) {
    await Promise.all(Array.from({ length: 25 }, (_, at) => add(start + at)));
  }
}

/** A histogram's counts by upper bound in seconds, all nodes together. */
async function histogram(name: string): Promise<ReadonlyMap<number, number>> {
  const sums = new Map<number, number>();
  for (const node of nodes) {
    const text = await cluster.kubectl(['get', '--raw', `/api/v1/nodes/${node}/proxy/metrics`]);
    for (const [, labels = '', count] of text.matchAll(new RegExp(`^${name}_bucket\\{(.*)\\} (\\d+)$`, 'gm'))) {
      const bound = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
      const seconds = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
      sums.set(seconds, (sums.get(seconds) ?? 0) + Number(count));
    }
  }
  return sums;
}

/** The bound that so large a share of what came between two readings does not exceed, in words. */
function within(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, share: number): string {
  const counts = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
  counts.sort(([a], [b]) => a - b);
  const total = counts.at(-1)?.[1] ?? 0;
  const found = counts.find(([, count]) => count >= total * share);
  return total === 0 || found === undefined ? 'nothing counted' : `≤ ${found[0] * 1000} ms`;
}

const rulesMetric = 'kubeproxy_network_programming_duration_seconds';
const dnsMetric = 'coredns_kubernetes_dns_programming_duration_seconds';

async function measure(): Promise<void> {
  const { client, close } = connect();
  await seed(client);
  await sleep(3000);
  const { namespace } = clusterPaths(cluster.name).node(nodes[0]);
  const argv = [`--net=${namespace}`, process.execPath, '-e', prober];
  const probe = spawn('nsenter', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answered: number[] = [];
  createInterface({ input: probe.stdout }).on('line', (line) => answered.push(Number(line)));
  const before = [await histogram(rulesMetric), await histogram(dnsMetric)] as const;
  const writes: Promise<unknown>[] = [];
  const writeTimes: number[] = [];
  const start = performance.now();
  for (let change = 0; change < seconds * changesPerSecond; change += 1) {
    await sleep(Math.max(0, start + (change * 1000) / changesPerSecond - performance.now()));
    const [index, number] = [change % serviceCount, 20_000 + change];
    const time = Date.now();
    const metadata = {
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': new Date(time).toISOString() },
    };
    const where = { name: nameOf(index), namespace: 'default' };
    const write = client.patch(endpointSlices, where, 'merge', { metadata, endpoints: endpointsOf(number) });
    writes.push(write.then(() => writeTimes.push(Date.now() - time)));
    if (index % headlessEvery === 0) {
      probe.stdin.write(`${nameOf(index)}.default.svc.cluster.local ${address(number)} ${time}\n`);
    }
  }
  await Promise.all(writes);
  const took = (performance.now() - start) / 1000;
  await sleep(2000);
  probe.stdin.end();
  probe.kill();
  const after = [await histogram(rulesMetric), await histogram(dnsMetric)] as const;
  const quantile = (values: readonly number[], share: number): string => {
    return `${values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN} ms`;
  };
  const rows = [
    ['the write itself', quantile(writeTimes, 0.5), quantile(writeTimes, 0.99)],
    ['to an answer of DNS, as asked on a node', quantile(answered, 0.5), quantile(answered, 0.99)],
    ['to the records, as DNS counts', within(before[1], after[1], 0.5), within(before[1], after[1], 0.99)],
    ['to the rules, as proxies count', within(before[0], after[0], 0.5), within(before[0], after[0], 0.99)],
  ];
  const head = [`from the change, ${Math.round(writes.length / took)} a second`, 'half of them', '99 %'];
  console.log(formatTable([head, ...rows]).join('\n'));
  console.log(`${answered.length} of ${(seconds * changesPerSecond) / headlessEvery} names answered anew`);
  await close();
}

try {
  await cluster.cox('delete');
  await cluster.up();
  await measure();
} finally {
  await cluster.cox('delete');
}
