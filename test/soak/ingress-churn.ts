/**
 * Changes everything that Ingress depends on while requests go through it, and counts what fails: as root,
 * `node test/soak/ingress-churn.ts [SECONDS] [REQUESTS_A_SECOND]`, 60 and 2,000 when left out. Ends with 1 where a
 * request failed that should not have, or an open stream broke. Starts a cluster of its own and deletes it.
 */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterPaths } from '../../src/cluster/paths.ts';
import { testSecret } from '../../src/ingress/testing/objects.ts';
import { eventually, TestCluster } from '../e2e/cluster.ts';

const [seconds, rate] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 2000)];
const ports = { api: 29443, http: 29080, https: 29444, nodePorts: '29500-29599' };
const cluster = new TestCluster('soak-ingress', [
  '--api-port',
  String(ports.api),
  '--http-port',
  String(ports.http),
  '--https-port',
  String(ports.https),
  '--node-port-range',
  ports.nodePorts,
]);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const begun = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s  ${text}`);

const server = `
import socketserver
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            line, upgrade, close = self.rfile.readline(), False, False
            if not line: return
            while True:
                header = self.rfile.readline().lower().strip()
                if not header: break
                upgrade = upgrade or header.startswith(b"upgrade:")
                close = close or header == b"connection: close"
            if upgrade:
                self.wfile.write(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n")
                while True:
                    data = self.request.recv(4096)
                    if not data: return
                    self.request.sendall(data)
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
            if close: return
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 1024
Server(("", 5000), Handler).serve_forever()
`;

/** A Deployment, its Service and its Ingress. As process 1 without a handler, Python serves on until its grace ends. */
const workload = (name: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 3
      containers:
        - name: web
          image: "python:3.10"
          command: [python3, -c, ${JSON.stringify(server)}]
          readinessProbe: { tcpSocket: { port: 5000 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 5000 }] }
---
${rule(name, name)}`;

function rule(name: string, service: string, timeoutSeconds = 60): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, annotations: { nginx.ingress.kubernetes.io/proxy-read-timeout: "${timeoutSeconds}", nginx.ingress.kubernetes.io/ssl-redirect: "false" } }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [${name}.example], secretName: tls }]
  rules: [{ host: ${name}.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ${service}, port: { number: 80 } } } }] } }]
`;
}

/** Answers by status or fault. */
const counts = new Map<string, number>();
const note = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);

function ask(host: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: ports.http, headers: { host }, agent, timeout: 10_000 };
    const sent = request(options, (answer) => {
      answer.on('error', (error) => resolve(error.message));
      answer.resume().on('end', () => resolve(String(answer.statusCode)));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => resolve(error.message));
    sent.end();
  });
}

/** Keeps asking at the rate while `work` goes on; what was answered. */
async function underLoad(what: string, work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  counts.clear();
  const everyMs = 10;
  const start = performance.now();
  let asked = 0;
  const open: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) / 1000) * rate; asked < due; asked += 1)
      open.push(ask('churn.example').then(note));
  }, everyMs);
  await work();
  clearInterval(timer);
  const took = (performance.now() - start) / 1000;
  await Promise.all(open);
  const found = [...counts].map(([answer, count]) => `${count} × ${answer}`).join(', ');
  say(`${what}: ${Math.round(asked / took)} requests/s, ${found}`);
  return new Map(counts);
}

class Stream {
  readonly #socket: Socket;
  received = '';
  broken: string | undefined;

  constructor() {
    this.#socket = connect(ports.http, '127.0.0.1');
    this.#socket.on('data', (chunk) => {
      this.received += chunk.toString();
    });
    this.#socket.on('error', (error) => (this.broken = error.message));
    this.#socket.on('close', () => (this.broken ??= 'closed'));
    this.write('GET / HTTP/1.1\r\nHost: steady.example\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** Of all nginx processes of the cluster, in MB. */
function nginxMegabytes(): number {
  const { processes } = clusterPaths('soak-ingress');
  const pids = readdirSync(processes)
    .filter((file) => file.endsWith('.nginx.json'))
    .map((file) => (JSON.parse(readFileSync(join(processes, file), 'utf8')) as { pid: number }).pid);
  const children = pids.flatMap((pid) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  const pss = (pid: number): number =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  return Math.round([...pids, ...children].reduce((sum, pid) => sum + pss(pid), 0));
}

const secret = (): string => JSON.stringify({ ...testSecret('tls'), metadata: { name: 'tls', namespace: 'default' } });
const rollout = (): Promise<string> => cluster.kubectl('rollout status deployment/churn --timeout=90s');
const bad: string[] = [];
const expect = (answers: ReadonlyMap<string, number>, ...allowed: readonly string[]): void => {
  for (const [answer, count] of answers) if (!allowed.includes(answer)) bad.push(`${count} × ${answer}`);
};

try {
  await cluster.up();
  await cluster.loadImages();
  await cluster.apply(secret());
  for (const name of ['churn', 'steady']) await cluster.apply(workload(name));
  for (const name of ['churn', 'steady']) await cluster.kubectl(`rollout status deployment/${name} --timeout=90s`);
  for (const name of ['churn', 'steady']) await eventually(name, async () => (await ask(`${name}.example`)) === '200');
  const streams = Array.from({ length: 20 }, () => new Stream());
  await eventually('the streams', async () => streams.every(({ received }) => received.includes('101 ')));
  say(`ready; nginx ${nginxMegabytes()} MB`);

  const rolled = await underLoad('rolling update', async () => {
    await cluster.kubectl('rollout restart deployment/churn');
    await rollout();
    // The old pods are on their way until here.
    await sleep(4000);
  });
  expect(rolled, '200');

  let changes = 0;
  const churned = await underLoad('rules', async () => {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      // 20 in one write, at most one a second: one of them needs a reload, and one is broken.
      const rest = sleep(1000);
      const rules = Array.from({ length: 18 }, (_, at) => rule(`many-${at}`, changes % 40 < 20 ? 'churn' : 'steady'));
      const refused = rule('refused', 'steady')
        .replace('path: /,', `path: "/(${changes}", `)
        .replace('Prefix', 'ImplementationSpecific')
        .replace('annotations: {', 'annotations: { nginx.ingress.kubernetes.io/use-regex: "true",');
      await cluster.apply([...rules, rule('reloads', 'churn', 100 + (changes % 1000)), refused].join('\n---\n'));
      changes += 20;
      await rest;
    }
  });
  say(`${changes} changes of rules; nginx ${nginxMegabytes()} MB`);
  expect(churned, '200');

  const rotated = await underLoad('certificates', async () => {
    for (let round = 0; round < 10; round += 1) await cluster.apply(secret());
  });
  expect(rotated, '200');

  const scaled = await underLoad('to no pod and back', async () => {
    await cluster.kubectl('scale deployment/churn --replicas=0');
    await eventually('503', async () => (await ask('churn.example')) === '503');
    await cluster.kubectl('scale deployment/churn --replicas=2');
    await rollout();
    await eventually('200', async () => (await ask('churn.example')) === '200');
  });
  // The last pods are asked until they end: they are all that is left. What they leave unanswered is no 503.
  expect(scaled, '200', '502', '503', '504');
  expect(await underLoad('afterwards', () => sleep(2000)), '200');

  for (const stream of streams) stream.write('still here');
  await eventually(
    'the streams',
    async () => streams.every(({ received }) => received.endsWith('still here')),
    5000,
  ).catch(() => undefined);
  const lost = streams.filter(({ received, broken }) => broken !== undefined || !received.endsWith('still here'));
  say(`${streams.length - lost.length} of ${streams.length} streams are open still; nginx ${nginxMegabytes()} MB`);
  if (lost.length > 0) bad.push(`${lost.length} streams broke: ${lost[0]?.broken ?? 'no echo'}`);
  const named = await cluster.kubectl('get events --field-selector involvedObject.name=refused,type=Warning');
  if (!named.includes('is no regular expression')) bad.push('the Ingress that nginx would refuse is not named');
  for (const stream of streams) stream.end();
} finally {
  agent.destroy();
  await cluster.cox('delete');
}
say(bad.length === 0 ? 'nothing failed' : `FAILED: ${bad.join('; ')}`);
process.exitCode = bad.length === 0 ? 0 : 1;
