import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { inNamespace } from '../../src/system/namespaces.ts';
import { useCluster, whyNotHere } from './cluster.ts';
import { programs } from './service-pods.ts';

/**
 * A client in Node: asks at a rate, each time on a new connection, until told to end on its stdin; then prints counts.
 * What is still under way at the end is waited for.
 */
const generator = `
const http = require('node:http');
const [address, rate] = process.argv.slice(1);
const counts = { answered: 0, failed: 0, skipped: 0, errors: {}, by: {} };
let underWay = 0, sent = 0, ending = false;
const start = performance.now();
const one = () => {
  underWay += 1;
  const done = (error) => {
    underWay -= 1;
    if (error === undefined) counts.answered += 1;
    else { counts.failed += 1; counts.errors[error] = (counts.errors[error] ?? 0) + 1; }
    if (ending && underWay === 0) finish();
  };
  const request = http.get({ host: address, port: 80, agent: false, timeout: 5000 }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part) => { text += part; });
    response.on('end', () => { const name = text.split(' ')[0]; counts.by[name] = (counts.by[name] ?? 0) + 1; done(); });
    response.on('error', (error) => done(error.code));
  });
  request.on('timeout', () => request.destroy(Object.assign(new Error('late'), { code: 'TIMEOUT' })));
  request.on('error', (error) => done(error.code));
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

interface Counts {
  readonly answered: number;
  readonly failed: number;
  readonly skipped: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly by: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What is asked for; two cores that also run the pods give less where they do other things, too. */
const requestsPerSecond = 500;

describe('no request fails', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const label = 'rolling';
  let address = '';

  before(async () => {
    await cluster.apply(programs(label) + workload);
    await cluster.kubectl('rollout status deployment/rolling --timeout=60s');
    address = await cluster.jsonpath('get service rolling', '{.spec.clusterIP}');
  });
  after(async () => {
    await cluster.kubectl('uncordon kube-worker-2');
    await cluster.kubectl(`delete deployments,services,configmaps -l test=${label} --ignore-not-found --wait=true`);
  });

  /** Requests from the first node through the Service, while `work` goes on. */
  async function underLoad(work: () => Promise<unknown>): Promise<Counts> {
    const argv = inNamespace(`cox-${cluster.name}-1`, ['node', '-e', generator, address, String(requestsPerSecond)]);
    const [file = '', ...rest] = argv;
    const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (part: Buffer) => {
      output += part.toString();
    });
    try {
      await once(child.stdout, 'data');
      await work();
    } finally {
      child.stdin.end('end\n');
      await once(child, 'close');
    }
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Counts;
  }

  function judge(counts: Counts, print: (line: string) => void): void {
    const { answered, failed, skipped, errors, seconds } = counts;
    print(
      `${answered} answered in ${seconds.toFixed(1)} s (${Math.round(answered / seconds)}/s), ${skipped} not sent in time`,
    );
    assert.deepEqual({ failed, errors }, { failed: 0, errors: {} });
    assert.ok(answered > 100, `only ${answered} requests`);
  }

  test('in a rolling update', { timeout: 120_000 }, async (t) => {
    const counts = await underLoad(async () => {
      await cluster.kubectl('set env deployment/rolling VERSION=2');
      await cluster.kubectl('rollout status deployment/rolling --timeout=60s');
    });
    judge(counts, (line) => t.diagnostic(line));
    // Old and new ones.
    assert.equal(new Set(Object.keys(counts.by).map((name) => name.split('-')[1])).size, 2);
  });

  test('while a node is drained', { timeout: 120_000 }, async (t) => {
    const counts = await underLoad(async () => {
      await cluster.kubectl(
        'drain kube-worker-2 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s --pod-selector=app=rolling',
      );
      await cluster.kubectl('rollout status deployment/rolling --timeout=60s');
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
      volumes: [{ name: programs, configMap: { name: rolling-programs } }]
      containers:
        - name: main
          image: "python:3.10"
          command: [python3, /programs/server.py, "8080"]
          env: [{ name: NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]
          volumeMounts: [{ name: programs, mountPath: /programs }]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
`;
