import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterPaths } from '../../src/cluster/paths.ts';
import { curl, eventually, ports, useCluster, whyNotHere } from './cluster.ts';
import { helpersOf, pinPicture } from './kernel-objects.ts';
import { podManifest, programs } from './service-pods.ts';

// Killing the server or an agent stops no request, and both come back and carry on.
describe('kill -9', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  before(async () => {
    const kept = [
      podManifest({ label: 'kill', name: 'kept-server', node: 'kube-worker-2', ports: [8080] }),
      podManifest({ label: 'kill', name: 'kept-client', node: 'kube-worker-1' }),
    ];
    await cluster.apply(`${workload}${programs('kill')}${kept.join('')}`);
    await cluster.kubectl('wait --for=condition=Ready pod/kept-server pod/kept-client --timeout=90s');
    for (const name of ['steady', 'client']) await cluster.kubectl(`rollout status deployment/${name} --timeout=90s`);
    await eventually('the Ingress', () => curl('-H', 'Host: steady.example', `127.0.0.1:${ports.http}`));
  });
  after(() =>
    cluster.kubectl('delete deployment,service,ingress,pod,configmap -l test=kill --ignore-not-found --wait=true'),
  );

  const pidOf = (component: string): number =>
    (JSON.parse(readFileSync(join(clusterPaths('e2e').processes, `${component}.json`), 'utf8')) as { pid: number }).pid;
  const kill = async (component: string): Promise<void> => {
    const pid = pidOf(component);
    process.kill(pid, 'SIGKILL');
    await eventually(`${component} again`, async () => pidOf(component) !== pid);
  };

  /** Requests by Service name, Service address and Ingress, one after the other, while `work` goes on. */
  async function underLoad(work: () => Promise<void>): Promise<void> {
    const client = await cluster.pod('app=client');
    const address = await cluster.jsonpath('get service steady', '{.spec.clusterIP}');
    const loop = `while [ -e /tmp/go ]; do for t in steady.default.svc.cluster.local ${address}; do curl --silent --show-error --fail --max-time 3 $t >/dev/null || echo failed $t; done; echo round; sleep 0.02; done`;
    await cluster.kubectl(['exec', client, '--', 'touch', '/tmp/go']);
    // The loop must not hang on the API server that is killed: it runs by itself and leaves its answers in the pod.
    await cluster.kubectl(['exec', client, '--', 'sh', '-c', `(${loop}) > /tmp/answers 2>&1 &`]);
    let going = true;
    let viaIngress = 0;
    const failures: unknown[] = [];
    const ingress = (async () => {
      while (going) {
        await curl('-H', 'Host: steady.example', `127.0.0.1:${ports.http}`).then(
          () => viaIngress++,
          (error: unknown) => failures.push(error),
        );
        await sleep(20);
      }
    })();
    await work();
    going = false;
    await ingress;
    await cluster.kubectl(['exec', client, '--', 'rm', '/tmp/go']);
    await sleep(300);
    const answers = await cluster.kubectl(['exec', client, '--', 'cat', '/tmp/answers']);
    const lines = answers.trim().split('\n');
    assert.deepEqual(failures, [], 'requests through the Ingress');
    assert.deepEqual(
      lines.filter((line) => line !== 'round'),
      [],
      'requests through the Service',
    );
    assert.ok(lines.length > 5 && viaIngress > 5, `rounds ${lines.length}, through the Ingress ${viaIngress}`);
  }

  test('of the server: no failed request, and no acknowledged write is lost', { timeout: 120_000 }, async () => {
    const written: string[] = [];
    await underLoad(async () => {
      let going = true;
      const writes = (async () => {
        for (let n = 0; going; n++) {
          const { exitCode } = await cluster.tryKubectl(`create configmap written-${n} --from-literal=n=${n}`);
          if (exitCode === 0) written.push(`written-${n}`);
        }
      })();
      await sleep(1500);
      await kill('server');
      await sleep(2500);
      going = false;
      await writes;
    });
    await cluster.kubectl('get --raw /readyz');
    const names = await cluster.jsonpath('get configmaps', '{range .items[*]}{.metadata.name}{" "}{end}');
    const missing = written.filter((name) => !names.split(' ').includes(name));
    assert.ok(written.length > 2);
    assert.deepEqual(missing, []);
    await cluster.kubectl(['delete', 'configmap', ...names.split(' ').filter((name) => name.startsWith('written-'))]);
  });

  test('of an agent: no failed request, and its pods stay the same', { timeout: 120_000 }, async () => {
    const before = await cluster.kubectl(
      'get pods -l app=steady -o custom-columns=N:.metadata.name,R:.status.containerStatuses[0].containerID,C:.status.containerStatuses[0].restartCount',
    );
    const pinned = pinPicture('e2e');
    const inPod = (command: string): Promise<string> =>
      cluster.kubectl(['exec', 'kept-client', '--', 'sh', '-c', command]);
    const address = await cluster.jsonpath('get service kept', '{.spec.clusterIP}');
    await eventually('the kept Service', () => cluster.curlIn('kept-client', address));
    // It runs by itself: what an agent carries out on demand ends with the agent.
    await inPod(`(python3 /programs/kept.py ${address} 80) > /tmp/kept 2>&1 &`);
    await eventually('its first answer', async () => (await inPod('ls /tmp')).includes('begun'));
    await underLoad(async () => {
      for (const pid of helpersOf(pidOf('kube-worker-1.agent'))) process.kill(pid, 'SIGKILL');
      await sleep(500);
      await kill('kube-worker-1.agent');
      await sleep(1500);
      await kill('kube-worker-2.agent');
      await sleep(2000);
    });
    await inPod('touch /tmp/end');
    await eventually('the kept connection', async () =>
      /^\d+ by kept-server on the same connection/.test(await inPod('cat /tmp/kept')),
    );
    await eventually('an agent that has taken the programs over', async () => {
      return helpersOf(pidOf('kube-worker-1.agent')).length > 0;
    });
    assert.equal(pinPicture('e2e'), pinned, 'programs and maps stay where they are');
    assert.equal(
      await cluster.kubectl(
        'get pods -l app=steady -o custom-columns=N:.metadata.name,R:.status.containerStatuses[0].containerID,C:.status.containerStatuses[0].restartCount',
      ),
      before,
    );
    await cluster.kubectl('scale deployment/steady --replicas=3');
    await cluster.kubectl('rollout status deployment/steady --timeout=60s');
  });

  test('of nginx and of the DNS servers: they come back by themselves', { timeout: 120_000 }, async () => {
    const client = await cluster.pod('app=client');
    for (const node of ['kube-worker-1', 'kube-worker-2']) {
      await kill(`${node}.nginx`);
      await kill(`${node}.dns`);
    }
    await eventually('the Ingress', () => curl('-H', 'Host: steady.example', `127.0.0.1:${ports.http}`), 5000);
    await eventually('a name', () => cluster.curlIn(client, 'steady.default.svc.cluster.local'), 5000);
    await cluster.kubectl('wait --for=condition=Ready nodes --all --timeout=30s');
  });
});

const workload = `
apiVersion: v1
kind: Service
metadata: { name: kept, labels: { test: kill } }
spec: { selector: { pod: kept-server }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: steady, labels: { test: kill } }
spec:
  replicas: 2
  selector: { matchLabels: { app: steady } }
  template:
    metadata: { labels: { app: steady } }
    spec: { containers: [{ name: web, image: "wjallen/hello-flask:1.0", readinessProbe: { httpGet: { port: 5000 }, periodSeconds: 1 } }] }
---
apiVersion: v1
kind: Service
metadata: { name: steady, labels: { test: kill } }
spec: { selector: { app: steady }, ports: [{ port: 80, targetPort: 5000 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: steady, labels: { test: kill } }
spec:
  ingressClassName: nginx
  rules: [{ host: steady.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: steady, port: { number: 80 } } } }] } }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: client, labels: { test: kill } }
spec:
  selector: { matchLabels: { app: client } }
  template:
    metadata: { labels: { app: client } }
    spec: { containers: [{ name: client, image: "python:3.10", command: [sleep, infinity] }] }
---`;
