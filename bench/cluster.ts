// What a user waits for, and what an idle cluster costs. Prints a table; fails nothing. As root: npm run bench
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTable } from '../src/cli/table.ts';
import { clusterPaths } from '../src/cluster/paths.ts';
import { curl, TestCluster } from '../test/e2e/cluster.ts';

const http = 38080;
const cluster = new TestCluster('bench', [
  '--api-port=36443',
  `--http-port=${http}`,
  '--https-port=38443',
  '--node-port-range=33000-33099',
]);

interface Row {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
}
const rows: Row[] = [];
const ms = (value: number): string => `${Math.round(value)} ms`;
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Two servers: the course's, which takes most of a second to start, and one that is there at once. */
const servers = {
  flask: '{ name: web, image: "wjallen/hello-flask:1.0"',
  quick: `{ name: web, image: "python:3.10", command: [python3, -S, -E, -c, ${JSON.stringify(
    [
      'import socket',
      's = socket.create_server(("", 5000), backlog=100)',
      'while True:',
      '    c, _ = s.accept()',
      '    c.recv(4096)',
      '    c.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nHello\\n")',
      '    c.close()',
    ].join('\n'),
  )}]`,
} as const;

const deployment = (name: string, replicas: number, server: keyof typeof servers = 'quick'): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 2
      containers: [${servers[server]}, readinessProbe: { httpGet: { port: 5000 } } }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 5000 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec:
  ingressClassName: nginx
  rules: [{ host: ${name}.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { number: 80 } } } }] } }]
`;

/** Asks through the Ingress until it answers 200. */
async function answered(host: string): Promise<void> {
  for (;;) {
    const response = await curl('-H', `Host: ${host}`, `127.0.0.1:${http}`).catch(() => undefined);
    if (response !== undefined) return;
    await sleep(5);
  }
}

async function benchUp(): Promise<void> {
  await cluster.cox('delete');
  const first = await timed(() => cluster.up());
  rows.push({ what: 'cox up, new cluster of two nodes, to all ready', aim: '≤ 3 s, 1 s', measured: ms(first) });
  const again: number[] = [];
  for (let round = 0; round < 3; round++) {
    await cluster.cox('down');
    again.push(await timed(() => cluster.up()));
  }
  rows.push({ what: 'cox up after cox down (median of 3)', aim: '', measured: ms(median(again)) });
}

async function benchApply(server: keyof typeof servers): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const name = `${server}-${round}`;
    times.push(
      await timed(async () => {
        await cluster.apply(deployment(name, 1, server));
        await answered(`${name}.example`);
      }),
    );
    await cluster.kubectl(['delete', 'deployment,service,ingress', name, '--wait=true']);
  }
  rows.push({
    what: `kubectl apply to the first 200 through the Ingress, ${server} server (median of 3)`,
    aim: '≤ 1 s',
    measured: ms(median(times)),
  });
}

/** The time from a new pod's readiness to the first answer through the Service, and the requests that failed twice. */
async function benchMove(): Promise<void> {
  await cluster.apply(deployment('move', 1));
  await cluster.kubectl('rollout status deployment/move --timeout=60s');
  await cluster.apply(client);
  await cluster.kubectl('wait --for=condition=Ready pod/client --timeout=60s');
  await cluster.kubectl(['exec', 'client', '--', 'sh', '-c', 'python3 -c "$PROGRAM" > /tmp/log 2>&1 &']);
  await sleep(1000);
  const old = await cluster.pod('app=move');
  await cluster.kubectl(['delete', 'pod', old, '--now']);
  await cluster.kubectl('rollout status deployment/move --timeout=60s');
  await sleep(1000);
  const log = await cluster.kubectl(['exec', 'client', '--', 'cat', '/tmp/log']);
  const gaps = log.split('\n').filter((line) => line.startsWith('gap'));
  rows.push({
    what: 'longest time without an answer through the Service after kubectl delete pod --now',
    aim: 'pod start + 100 ms',
    measured: gaps.at(-1)?.replace('gap ', '') ?? 'none',
  });
}

const program = `
import socket, time
best, last = 0.0, time.time()
end = last + 20
while time.time() < end:
    try:
        s = socket.create_connection(("move", 80), 0.5)
        s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        ok = s.recv(20).startswith(b"HTTP/1.")
        s.close()
    except OSError:
        ok = False
    now = time.time()
    if ok:
        if now - last > best:
            best = now - last
            print("gap %d ms" % (best * 1000), flush=True)
        last = now
    time.sleep(0.005)
`;
const client = `
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: client, image: "python:3.10", command: [sleep, infinity], env: [{ name: PROGRAM, value: ${JSON.stringify(program)} }] }
`;

interface Usage {
  readonly name: string;
  /** Proportional set size: pages that several processes share, such as those of Node itself, count once in all. */
  readonly megabytes: number;
  readonly rssMegabytes: number;
  readonly cpuSeconds: number;
}
const ticksPerSecond = 100;

function usageOf(name: string, pid: number): Usage {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  const field = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(memory)?.[1]) / 1024;
  return { name, megabytes: field('Pss'), rssMegabytes: field('Rss'), cpuSeconds };
}

function ownProcesses(): readonly Usage[] {
  const paths = clusterPaths('bench');
  const pidIn = (file: string): number => (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
  const components = readdirSync(paths.processes).filter((file) => !/containerd|nginx|registry/.test(file));
  return [
    usageOf('supervisor', pidIn(join(paths.run, 'supervisor.json'))),
    ...components.map((file) => usageOf(file.replace('.json', ''), pidIn(join(paths.processes, file)))),
  ];
}

async function benchIdle(): Promise<void> {
  await cluster.cox('down');
  await cluster.up();
  await sleep(15_000);
  const before = ownProcesses();
  const seconds = 30;
  await sleep(seconds * 1000);
  const after = ownProcesses();
  const total = (of: (usage: Usage) => number): string =>
    `${Math.round(after.reduce((sum, usage) => sum + of(usage), 0))} MB`;
  const cpu =
    after.reduce((sum, { cpuSeconds }, index) => sum + cpuSeconds - (before[index]?.cpuSeconds ?? 0), 0) / seconds;
  rows.push({
    what: 'idle, memory of all own processes (PSS)',
    aim: '≤ 300 MB',
    measured: total(({ megabytes }) => megabytes),
  });
  rows.push({
    what: '  the same, shared pages counted again for each (RSS)',
    aim: '',
    measured: total(({ rssMegabytes }) => rssMegabytes),
  });
  for (const { name, megabytes } of after)
    rows.push({ what: `  ${name}`, aim: '', measured: `${Math.round(megabytes)} MB` });
  rows.push({
    what: 'idle, processor time of all own processes',
    aim: '≤ 1 % of a core',
    measured: `${(cpu * 100).toFixed(2)} %`,
  });
}

try {
  await benchUp();
  await benchIdle();
  await cluster.loadImages();
  await cluster.apply(deployment('warm', 2));
  await cluster.kubectl('rollout status deployment/warm --timeout=120s');
  await benchApply('quick');
  await benchApply('flask');
  await benchMove();
} finally {
  await cluster.cox('delete');
}
console.log(
  formatTable([['WHAT', 'AIM', 'MEASURED'], ...rows.map(({ what, aim, measured }) => [what, aim, measured])]).join(
    '\n',
  ),
);
