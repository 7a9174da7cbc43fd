import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, describe, test } from 'node:test';
import { findKubectl } from '../../src/cli/kubectl.ts';
import { course, curl, curlFailure, eventually, ports, run, useCluster, whyNotHere } from './cluster.ts';

// The course's own steps, with its manifests as they stand, in the namespace `default`.
describe('the course', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const host = 'username-flask.coe332.tacc.cloud';
  const apply = (file: string): Promise<string> => cluster.kubectl(`apply -f ${course}/${file}.yml`);
  const addressOf = (selector: string): Promise<string> =>
    cluster.jsonpath(`get pods -l ${selector}`, '{.items[0].status.podIP}');
  // The course's Deployment has no readiness probe: its pods count as ready before their servers listen.
  const answer = (pod: string, target: string): Promise<string> =>
    eventually(`an answer from ${target}`, () => cluster.curlIn(pod, target));

  after(async () => {
    await cluster.kubectl(`delete -f ${course} --ignore-not-found --wait=true`);
    await cluster.kubectl('delete deployment,service,pvc -l exercise=yes --ignore-not-found --wait=true');
  });

  test('1: a Deployment is applied, and its pod is seen', async () => {
    assert.equal(await apply('deployment-hello-flask'), 'deployment.apps/hello-flask created\n');
    assert.equal(await apply('deployment-hello-flask'), 'deployment.apps/hello-flask unchanged\n');
    const watch = cluster.background('get pods -w');
    await cluster.kubectl('rollout status deployment/hello-flask --timeout=60s');
    await watch.printed(/hello-flask-\S+ +1\/1 +Running +0 +\d+s/);
    await watch.stop();
    assert.match(
      await cluster.kubectl('get pods'),
      /^NAME +READY +STATUS +RESTARTS +AGE\nhello-flask-[a-z0-9]+-[a-z0-9]{5} +1\/1 +Running +0 +\d+s\n$/,
    );
    assert.match(
      await cluster.kubectl('get pods -o wide'),
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\nhello-flask-\S+ +1\/1 +Running +0 +\S+ +10\.233\.\d+\.\d+ +kube-worker-[12] +<none> +<none>\n$/,
    );
    assert.match(
      await cluster.kubectl('get deployments'),
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nhello-flask +1\/1 +1 +1 +\S+\n$/,
    );
    const pod = await cluster.pod('app=hello-flask');
    const described = await cluster.kubectl(`describe pod ${pod}`);
    for (const part of [
      /Status: +Running/,
      /Image: +wjallen\/hello-flask:1\.0/,
      /Scheduled .*Successfully assigned default\//,
      /Pulled .*Successfully pulled image/,
      /Started/,
    ]) {
      assert.match(described, part);
    }
    assert.match(
      await cluster.kubectl('get events'),
      /LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n[^]*Normal +Scheduled +pod\/hello-flask/,
    );
  });

  test('2: pod addresses are private: unreachable from the host, at once', async () => {
    const started = performance.now();
    const { exitCode, stderr } = await curlFailure(`${await addressOf('app=hello-flask')}:5000`);
    assert.equal(exitCode, 7);
    assert.match(stderr, /Network is unreachable|Failed to connect/);
    assert.ok(performance.now() - started < 2000);
  });

  test('3: the debug Deployment reaches the pod, from both nodes, and exec does what it should', async () => {
    await apply('deployment-python-debug');
    await cluster.kubectl('rollout status deployment/py-debug --timeout=60s');
    const address = await addressOf('app=hello-flask');
    await cluster.kubectl('scale deployment/py-debug --replicas=2');
    await cluster.kubectl('rollout status deployment/py-debug --timeout=60s');
    const pods = await cluster.podNames('app=py-debug');
    const nodes = new Set(await Promise.all(pods.map((pod) => cluster.jsonpath(`get pod ${pod}`, '{.spec.nodeName}'))));
    assert.equal(nodes.size, 2, 'the two debug pods are spread over both nodes');
    for (const pod of pods) assert.equal(await answer(pod, `${address}:5000`), 'Hello, world!\n');
    await cluster.kubectl('scale deployment/py-debug --replicas=1');
    const debug = await cluster.pod('app=py-debug');
    assert.equal(
      await cluster.kubectl(['exec', '-i', debug, '--', 'cat'], { input: 'from standard input' }),
      'from standard input',
    );
    assert.equal((await cluster.tryKubectl(['exec', debug, '--', 'sh', '-c', 'exit 42'])).exitCode, 42);
    assert.match((await cluster.tryKubectl(['exec', debug, '--', 'no-such-program'])).stderr, /no-such-program/);
    const terminal = await run(
      ['script', '--quiet', '--return', '--command', `kubectl exec -it ${debug} -- sh -c 'tty; exit 7'`, '/dev/null'],
      {
        env: { ...cluster.environment, PATH: `${dirname(findKubectl())}:${process.env['PATH']}` },
      },
    );
    assert.match(terminal.stdout, /\/dev\/pts\/\d+/);
    assert.equal(terminal.exitCode, 7, 'the exit code of a command with a terminal');
  });

  test('4: the ClusterIP Service answers by address and by each of its names', async () => {
    await apply('service-hello-flask');
    assert.match(
      await cluster.kubectl('get services hello-flask-service'),
      /hello-flask-service +ClusterIP +10\.233\.\d+\.\d+ +<none> +5000\/TCP/,
    );
    const debug = await cluster.pod('app=py-debug');
    const address = await cluster.jsonpath('get service hello-flask-service', '{.spec.clusterIP}');
    const names = [
      'hello-flask-service',
      'hello-flask-service.default',
      'hello-flask-service.default.svc.cluster.local',
    ];
    for (const name of [address, ...names])
      assert.equal(await cluster.curlIn(debug, `${name}:5000/`), 'Hello, world!\n', name);
    await cluster.kubectl([
      'patch',
      'service',
      'hello-flask-service',
      '-p',
      '{"spec":{"ports":[{"port":5000,"targetPort":"http"}]}}',
    ]);
    assert.equal(await cluster.curlIn(debug, `hello-flask-service:5000`), 'Hello, world!\n', 'by the name of the port');
    await cluster.kubectl('rollout restart deployment/py-debug');
    await cluster.kubectl('rollout status deployment/py-debug --timeout=60s');
    const environment = await cluster.kubectl(['exec', await cluster.pod('app=py-debug'), '--', 'env']);
    assert.match(environment, new RegExp(`HELLO_FLASK_SERVICE_SERVICE_HOST=${address}`));
    assert.match(environment, /HELLO_FLASK_SERVICE_SERVICE_PORT=5000/);
    assert.match(environment, /KUBERNETES_SERVICE_HOST=10\.233\.0\.1/);
  });

  test('5: a deleted pod is replaced, the Service address stays, requests spread, and none is refused at once', async () => {
    const before = await cluster.pod('app=hello-flask');
    const oldAddress = await addressOf('app=hello-flask');
    await cluster.kubectl(`delete pod ${before}`);
    await cluster.kubectl('rollout status deployment/hello-flask --timeout=60s');
    assert.notEqual(await cluster.pod('app=hello-flask'), before);
    assert.notEqual(
      await cluster.jsonpath(`get pod ${await cluster.pod('app=hello-flask')}`, '{.status.podIP}'),
      oldAddress,
    );
    const debug = await cluster.pod('app=py-debug');
    assert.equal(await answer(debug, 'hello-flask-service:5000'), 'Hello, world!\n');

    await cluster.kubectl('scale deployment/hello-flask --replicas=3');
    await cluster.kubectl('rollout status deployment/hello-flask --timeout=60s');
    const ready = await cluster.podNames('app=hello-flask');
    const addresses = (await cluster.jsonpath('get pods -l app=hello-flask', '{.items[*].status.podIP}')).split(' ');
    for (const address of addresses) await answer(debug, `${address}:5000`);
    const loop =
      'for i in $(seq 60); do curl --silent --fail --max-time 5 hello-flask-service:5000 >/dev/null || echo failed; done';
    assert.equal(await cluster.kubectl(['exec', debug, '--', 'sh', '-c', loop]), '');
    for (const pod of ready) {
      await eventually(
        `requests in the log of ${pod}`,
        async () => (await cluster.kubectl(`logs ${pod}`)).includes('GET /'),
        5000,
      );
    }

    await cluster.kubectl('scale deployment/hello-flask --replicas=0');
    await eventually('no pods', async () => (await cluster.podNames('app=hello-flask')).length === 0);
    const started = performance.now();
    const refused = await cluster.tryKubectl([
      'exec',
      debug,
      '--',
      'curl',
      '--silent',
      '--show-error',
      'hello-flask-service:5000',
    ]);
    assert.equal(refused.exitCode, 7);
    assert.ok(performance.now() - started < 3000, 'refused at once');
    await cluster.kubectl('scale deployment/hello-flask --replicas=1');
    await cluster.kubectl('rollout status deployment/hello-flask --timeout=60s');
    assert.equal(await answer(debug, 'hello-flask-service:5000'), 'Hello, world!\n');
  });

  test('6: the exercise: redis on a claim, its Service, the API, its Service, three workers', async () => {
    await cluster.apply(exercise);
    await eventually(
      'a bound claim',
      async () => (await cluster.jsonpath('get pvc redis-data', '{.status.phase}')) === 'Bound',
    );
    for (const name of ['redis', 'api', 'worker'])
      await cluster.kubectl(`rollout status deployment/${name} --timeout=90s`);
    assert.match(await cluster.kubectl('get pvc'), /redis-data +Bound +pvc-\S+ +1Gi +RWO +standard/);
    // A worker that was there before redis ends once, and comes again.
    await eventually('three workers', async () =>
      /worker +3\/3 +3 +3/.test(await cluster.kubectl('get deployment worker')),
    );
    const redis = (...argv: string[]): Promise<string> =>
      cluster.kubectl(['exec', 'deployment/redis', '--', 'redis-cli', ...argv]);
    assert.equal((await redis('set', 'course', 'kept')).trim(), 'OK');
    assert.equal((await redis('save')).trim(), 'OK');
    const pod = await cluster.pod('app=redis');
    await cluster.kubectl(`delete pod ${pod}`);
    await cluster.kubectl('rollout status deployment/redis --timeout=60s');
    await eventually(
      'the data after the pod was replaced',
      async () => (await redis('get', 'course')).trim() === 'kept',
    );
    const debug = await cluster.pod('app=py-debug');
    assert.equal(await answer(debug, 'api-service:5000'), 'Hello, world!\n');
    await eventually('the work of all workers', async () => Number(await redis('scard', 'workers')) === 3);
  });

  test('7: the NodePort Service answers on loopback, on the host and on every node', async () => {
    await apply('service-nodeport-hello-flask');
    assert.match(
      await cluster.kubectl('get service hello-flask-nodeport-service'),
      /NodePort +10\.233\.\d+\.\d+ +<none> +5000:31\d{3}\/TCP/,
    );
    const port = await cluster.jsonpath('get service hello-flask-nodeport-service', '{.spec.ports[0].nodePort}');
    assert.equal(await curl(`127.0.0.1:${port}/`), 'Hello, world!\n');
    const nodes = await cluster.jsonpath(
      'get nodes',
      '{range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{" "}{end}',
    );
    for (const node of nodes.trim().split(' ')) assert.equal(await curl(`${node}:${port}/`), 'Hello, world!\n', node);
    await cluster.kubectl([
      'patch',
      'service',
      'hello-flask-nodeport-service',
      '-p',
      '{"spec":{"ports":[{"port":5000,"nodePort":31555}]}}',
    ]);
    assert.equal(await eventually('the port asked for', () => curl('127.0.0.1:31555/')), 'Hello, world!\n');
  });

  test('8: the Ingress answers for its host, and 404 for another', async () => {
    await apply('ingress-hello-flask');
    const url = `http://127.0.0.1:${ports.http}/`;
    assert.equal(await eventually('the Ingress', () => curl('-H', `Host: ${host}`, url), 10_000), 'Hello, world!\n');
    assert.equal(
      await curl('--resolve', `${host}:${ports.http}:127.0.0.1`, `http://${host}:${ports.http}/`),
      'Hello, world!\n',
    );
    const other = await curlFailure('-H', 'Host: other.example', url);
    assert.equal(other.exitCode, 22);
    assert.match(other.stderr, /404/);
    await eventually('an address', async () => {
      return /hello-flask-ingress +nginx +username-flask\.coe332\.tacc\.cloud +\d+\.\d+\.\d+\.\d+\S* +80 +\S+/.test(
        await cluster.kubectl('get ingress'),
      );
    });
  });
});

const pod = (name: string, container: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, labels: { exercise: "yes" } }
spec:
  replicas: ${name === 'worker' ? 3 : 1}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
${container}`;

const work =
  'import os, redis, time\nr = redis.Redis(host="redis-service")\nwhile True:\n  r.sadd("workers", os.environ["HOSTNAME"]); time.sleep(1)';

const exercise = [
  `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: redis-data, labels: { exercise: "yes" } }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
`,
  pod(
    'redis',
    `      containers:
        - name: redis
          image: redis:7
          ports: [{ containerPort: 6379 }]
          volumeMounts: [{ name: data, mountPath: /data }]
      volumes: [{ name: data, persistentVolumeClaim: { claimName: redis-data } }]
`,
  ),
  `
apiVersion: v1
kind: Service
metadata: { name: redis-service, labels: { exercise: "yes" } }
spec: { selector: { app: redis }, ports: [{ port: 6379, targetPort: 6379 }] }
`,
  pod(
    'api',
    '      containers: [{ name: api, image: wjallen/hello-flask:1.0, imagePullPolicy: Always, ports: [{ containerPort: 5000 }] }]\n',
  ),
  `
apiVersion: v1
kind: Service
metadata: { name: api-service, labels: { exercise: "yes" } }
spec: { selector: { app: api }, ports: [{ port: 5000, targetPort: 5000 }] }
`,
  pod(
    'worker',
    `      containers: [{ name: worker, image: "python:3.10", command: [python3, -c, ${JSON.stringify(work)}] }]\n`,
  ),
].join('---\n');
