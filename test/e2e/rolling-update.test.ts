import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { inNamespace } from '../../src/system/namespaces.ts';
import { eventually, useCluster, whyNotHere } from './cluster.ts';
import { inPod, podManifest, programs } from './service-pods.ts';

/**
 * A client in Node: asks at a rate, each time on a new connection, until told to end on its stdin; then prints counts.
 * What is still under way at the end is waited for. Requests are written by hand: twice as many as by node:http.
 */
const generator = `
const net = require('node:net');
const [address, rate] = process.argv.slice(1);
const counts = { answered: 0, failed: 0, skipped: 0, errors: {}, by: {} };
let underWay = 0, sent = 0, ending = false;
const start = performance.now();
const one = () => {
  underWay += 1;
  let text = '';
  let error;
  const socket = net.connect({ host: address, port: 80, noDelay: true });
  socket.setTimeout(20_000, () => { error = 'TIMEOUT'; socket.destroy(); });
  socket.on('error', ({ code }) => { error ??= code; });
  socket.on('data', (part) => { text += part; });
  socket.on('close', () => {
    underWay -= 1;
    const [, name] = /^HTTP.1.1 200 [^]*\\n\\r\\n(\\S+) .*\\n$/.exec(text) ?? [];
    if (name === undefined) error ??= 'no answer: ' + text;
    if (error === undefined) { counts.answered += 1; counts.by[name] = (counts.by[name] ?? 0) + 1; }
    else { counts.failed += 1; counts.errors[error] = (counts.errors[error] ?? 0) + 1; }
    if (ending && underWay === 0) finish();
  });
  socket.write('GET / HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n');
};
const timer = setInterval(() => {
  const due = Math.floor((performance.now() - start) / 1000 * rate) - sent;
  sent += due;
  for (let index = 0; index < due; index += 1) if (underWay < 200) one(); else counts.skipped += 1;
}, 5);
const finish = () => { console.log(JSON.stringify({ ...counts, seconds: (performance.now() - start) / 1000 })); process.exit(); };
process.stdin.once('data', () => { ending = true; clearInterval(timer); if (underWay === 0) finish(); });
console.log('started');
`;

/** A server that does nothing but answer, and goes on for three seconds when told to end: rules follow endpoints, later on a busy machine. */
const server = `
import os, signal, socket, threading, time
answer = f"{os.environ['NAME']} here\\n".encode()
answer = b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n' % len(answer) + answer
signal.signal(signal.SIGTERM, lambda *_: threading.Timer(3, lambda: os._exit(0)).start())
listener = socket.create_server(('0.0.0.0', 8080), backlog=1024)
while True:
    client, _ = listener.accept()
    with client:
        try:
            client.settimeout(30)
            if client.recv(1000): client.sendall(answer)
        except OSError: pass
`;

interface Counts {
  readonly answered: number;
  readonly failed: number;
  readonly skipped: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly by: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What is asked for; two cores that also run the pods give less where they do other things, too. */
const requestsPerSecond = 2000;

describe('no request fails', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const label = 'rolling';
  let address = '';

  before(async () => {
    await cluster.apply(
      `${programs(label)}${workload}${podManifest({ label, name: 'rolling-client', node: 'kube-worker-1' })}`,
    );
    await cluster.kubectl('wait --for=condition=Ready pod/rolling-client --timeout=60s');
    await cluster.kubectl('rollout status deployment/rolling --timeout=60s');
    address = await cluster.jsonpath('get service rolling', '{.spec.clusterIP}');
  });
  after(async () => {
    await cluster.kubectl('uncordon kube-worker-2');
    await cluster.kubectl(
      `delete deployments,services,configmaps,pods -l test=${label} --ignore-not-found --wait=true`,
    );
  });

  /** Requests through the Service while `work` goes on: half of them by the first node's rules, half by a pod's sockets. */
  async function underLoad(work: () => Promise<unknown>): Promise<readonly Counts[]> {
    const argv = ['node', '-e', generator, address, String(requestsPerSecond / 2)];
    const clients = [inNamespace(`cox-${cluster.name}-1`, argv), inPod('rolling-client', argv)].map(
      ([file = '', ...rest]) => {
        const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
        const client = { child, output: '' };
        child.stdout.on('data', (part: Buffer) => {
          client.output += part.toString();
        });
        return client;
      },
    );
    const ends = clients.map(({ child }) => once(child, 'close'));
    try {
      await eventually('both clients', async () => clients.every(({ output }) => output !== ''));
      await work();
    } finally {
      for (const { child } of clients) child.stdin.end('end\n');
      await Promise.all(ends);
    }
    return clients.map(({ output }) => JSON.parse(output.trim().split('\n').at(-1) ?? '') as Counts);
  }

  /** Asserts that nothing failed; returns the names of the pods that answered. */
  function judge(counts: readonly Counts[], print: (line: string) => void): readonly string[] {
    for (const [index, { answered, failed, skipped, errors, seconds }] of counts.entries()) {
      const rate = Math.round(answered / seconds);
      const place = index === 0 ? 'from the node' : 'from a pod';
      print(`${place}: ${answered} answered in ${seconds.toFixed(1)} s (${rate}/s), ${skipped} not sent in time`);
      assert.deepEqual({ place, failed, errors }, { place, failed: 0, errors: {} });
      assert.ok(answered > 100, `only ${answered} requests ${place}`);
    }
    return [...new Set(counts.flatMap(({ by }) => Object.keys(by)))];
  }

  test('in a rolling update', { timeout: 120_000 }, async (t) => {
    const counts = await underLoad(async () => {
      await cluster.kubectl('set env deployment/rolling VERSION=2');
      await cluster.kubectl('rollout status deployment/rolling --timeout=60s');
    });
    const names = judge(counts, (line) => t.diagnostic(line));
    // Old and new ones.
    assert.equal(new Set(names.map((name) => name.split('-')[1])).size, 2);
  });

  test('while a node is drained and deleted', { timeout: 120_000 }, async (t) => {
    const counts = await underLoad(async () => {
      await cluster.kubectl(
        'drain kube-worker-2 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s --pod-selector=app=rolling',
      );
      await cluster.kubectl('rollout status deployment/rolling --timeout=60s');
      await cluster.kubectl('delete node kube-worker-2');
      // Its agent, which still runs, registers it anew.
      await eventually('the node again', async () => {
        const { stdout } = await cluster.tryKubectl('wait --for=condition=Ready node/kube-worker-2 --timeout=20s');
        return stdout.includes('condition met');
      });
    });
    judge(counts, (line) => t.diagnostic(line));
  });
});

const workload = `
---
apiVersion: v1
kind: Service
metadata: { name: rolling, labels: { test: rolling } }
spec: { selector: { app: rolling }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: rolling, labels: { test: rolling } }
spec:
  replicas: 4
  selector: { matchLabels: { app: rolling } }
  template:
    metadata: { labels: { app: rolling } }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: main
          image: "python:3.10"
          command: [python3, -c, ${JSON.stringify(server)}]
          env: [{ name: NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
`;
