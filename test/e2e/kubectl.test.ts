import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { curl, curlFailure, eventually, useCluster, whyNotHere } from './cluster.ts';

// What kubectl does besides get and apply: port-forward, logs, rollout, scale, label, delete, wait.
describe('kubectl', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  before(() => cluster.apply(web));
  before(() => cluster.kubectl('rollout status deployment/web --timeout=60s'));
  after(() =>
    cluster.kubectl('delete deployment,service,pod,configmap -l test=kubectl --ignore-not-found --wait=true'),
  );

  for (const [what, port] of [
    ['pod', 24001],
    ['deployment', 24002],
    ['service', 24003],
  ] as const) {
    test(`port-forward to a ${what} outlives a reset connection and a second one`, async () => {
      const target = what === 'pod' ? `pod/${await cluster.pod('app=web')}` : `${what}/web`;
      const forward = cluster.background(`port-forward ${target} ${port}:5000`);
      try {
        await forward.printed(/Forwarding from 127\.0\.0\.1/);
        assert.equal(await curl(`127.0.0.1:${port}`), 'Hello, world!\n');
        await reset(port);
        assert.equal(await curl(`127.0.0.1:${port}`), 'Hello, world!\n');
        assert.equal(forward.hasEnded, false, forward.output);
      } finally {
        await forward.stop();
      }
    });
  }

  test('logs, of now, followed, and of the container before', async () => {
    await cluster.apply(counter);
    await cluster.kubectl('wait --for=condition=Ready pod/counter --timeout=60s');
    assert.match(
      await eventually('lines', async () => (await cluster.kubectl('logs counter')) || undefined),
      /^first life 1\n/,
    );
    assert.equal((await cluster.kubectl('logs counter --tail=1')).split('\n').length, 2);
    assert.match(
      await cluster.kubectl('logs counter --timestamps --tail=1'),
      /^\d{4}-\d\d-\d\dT\S+Z first life \d+\n$/,
    );
    const followed = cluster.background('logs -f counter --tail=1');
    const [line] = await followed.printed(/life (\d+)\n[^]*life (\d+)\n/);
    assert.ok(line);
    await followed.stop();
    await cluster.tryKubectl(['exec', 'counter', '--', 'sh', '-c', 'echo second > /state/life; kill -TERM 1']);
    await eventually(
      'a restart',
      async () => (await cluster.jsonpath('get pod counter', '{.status.containerStatuses[0].restartCount}')) === '1',
    );
    assert.match(
      await eventually('lines of the second life', async () => (await cluster.kubectl('logs counter')) || undefined),
      /^second life 1\n/,
    );
    assert.match(await cluster.kubectl('logs counter --previous'), /^first life 1\n/);
    assert.match(await cluster.kubectl('get pod counter'), /counter +1\/1 +Running +1 \(\d+s ago\)/);
  });

  test('rollout status, history, undo and restart', async () => {
    await cluster.kubectl([
      'patch',
      'deployment',
      'web',
      '-p',
      '{"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}}',
    ]);
    assert.match(await cluster.kubectl('rollout status deployment/web --timeout=60s'), /successfully rolled out/);
    assert.match(
      await cluster.kubectl('rollout history deployment/web'),
      /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/,
    );
    assert.match(await cluster.kubectl('rollout undo deployment/web'), /rolled back/);
    await cluster.kubectl('rollout status deployment/web --timeout=60s');
    assert.match(await cluster.kubectl('rollout history deployment/web'), /\n2 +<none>\n3 +<none>/);
    assert.equal(await cluster.jsonpath('get deployment web', '{.spec.template.metadata.annotations.v}'), '');
    await cluster.kubectl('rollout restart deployment/web');
    assert.match(await cluster.kubectl('rollout status deployment/web --timeout=60s'), /successfully rolled out/);
  });

  test('scale, label, wait and delete', async () => {
    assert.match(await cluster.kubectl('scale deployment/web --replicas=2'), /deployment\.apps\/web scaled/);
    await cluster.kubectl('wait --for=condition=Available deployment/web --timeout=60s');
    await cluster.kubectl('rollout status deployment/web --timeout=60s');
    const pod = await cluster.pod('app=web');
    assert.match(await cluster.kubectl(`label pod ${pod} colour=blue`), /labeled/);
    assert.deepEqual(await cluster.podNames('colour=blue'), [pod]);
    assert.match(await cluster.kubectl(`label pod ${pod} colour-`), /unlabeled/);
    assert.match(await cluster.kubectl(['delete', '-f', '-'], { input: counter }), /pod "counter" deleted/);
    assert.match((await cluster.tryKubectl('get pod counter')).stderr, /pods "counter" not found/);
  });

  test('create, expose, run, explain, api-resources, auth can-i and top-level get all', async () => {
    await cluster.kubectl('create deployment made --image=wjallen/hello-flask:1.0 --port=5000');
    await cluster.kubectl('label deployment made test=kubectl');
    await cluster.kubectl('expose deployment made --port=80 --target-port=5000');
    await cluster.kubectl('label service made test=kubectl --overwrite');
    await cluster.kubectl('rollout status deployment/made --timeout=60s');
    assert.match(
      await cluster.kubectl('get all'),
      /pod\/made-[^]*service\/made[^]*deployment\.apps\/made[^]*replicaset\.apps\/made-/,
    );
    assert.match(await cluster.kubectl('explain deployment.spec.replicas'), /replicas <integer>/);
    assert.match(await cluster.kubectl('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/);
    assert.equal((await cluster.kubectl('auth can-i create pods')).trim(), 'yes');
    assert.equal((await cluster.tryKubectl('auth can-i create pods --as=nobody')).stdout.trim(), 'no');
  });

  test('top shows what nodes and pods use', async () => {
    assert.match(await cluster.kubectl('top nodes'), /^kube-worker-1 +\d+m +\d+% +\d+Mi +\d+%/m);
    // A container that has just begun has no rate yet.
    await eventually('every pod of the deployment is shown', async () => {
      const names = await cluster.podNames('app=web');
      const { stdout } = await cluster.tryKubectl('top pods -l app=web --containers');
      return names.every((name) => new RegExp(`^${name} +\\S+ +\\d+m +\\d+Mi`, 'm').test(stdout));
    });
  });

  test('a ConfigMap reaches a pod as a file and as variables', async () => {
    await cluster.kubectl('create configmap settings --from-literal=colour=green');
    await cluster.kubectl('label configmap settings test=kubectl');
    await cluster.apply(reader);
    await cluster.kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/reader --timeout=60s');
    assert.equal(await cluster.kubectl('logs reader'), 'green green\n');
  });
});

/** Opens a connection and resets it. */
async function reset(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET / HTTP/1.1\r\n');
      setTimeout(() => {
        socket.resetAndDestroy();
        resolve();
      }, 50);
    });
    socket.once('error', reject);
  });
  await curlFailure('--max-time', '1', `127.0.0.1:${port}/no-such-page`);
}

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { test: kubectl } }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "wjallen/hello-flask:1.0", imagePullPolicy: Always, ports: [{ containerPort: 5000 }], readinessProbe: { httpGet: { port: 5000 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, labels: { test: kubectl } }
spec: { selector: { app: web }, ports: [{ port: 5000 }] }
`;

const counter = `
apiVersion: v1
kind: Pod
metadata: { name: counter, labels: { test: kubectl } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: counter
      image: python:3.10
      command: [sh, -c, 'life=$(cat /state/life 2>/dev/null || echo first); trap "exit 0" TERM; i=0; while true; do i=$((i+1)); echo "$life life $i"; sleep 0.3; done']
      volumeMounts: [{ name: state, mountPath: /state }]
  volumes: [{ name: state, emptyDir: {} }]
`;

const reader = `
apiVersion: v1
kind: Pod
metadata: { name: reader, labels: { test: kubectl } }
spec:
  restartPolicy: Never
  containers:
    - name: reader
      image: python:3.10
      command: [sh, -c, 'echo $(cat /etc/settings/colour) $COLOUR']
      env: [{ name: COLOUR, valueFrom: { configMapKeyRef: { name: settings, key: colour } } }]
      volumeMounts: [{ name: settings, mountPath: /etc/settings }]
  volumes: [{ name: settings, configMap: { name: settings } }]
`;
