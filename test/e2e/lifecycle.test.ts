import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clusterPaths } from '../../src/cluster/paths.ts';
import { curl, eventually, root, run, TestCluster, whyNotHere } from './cluster.ts';
import { hostPicture } from './host-picture.ts';
import { kernelObjects, stillInKernel } from './kernel-objects.ts';

const flags = [
  '--api-port',
  '26443',
  '--http-port',
  '26080',
  '--https-port',
  '26444',
  '--node-port-range',
  '32000-32099',
];

// What `up`, `down` and `delete` do to a cluster and to its host.
describe('the life of a cluster', { skip: whyNotHere() ?? false }, () => {
  const cluster = new TestCluster('life', flags);
  let before_: Readonly<Record<string, string>> = {};
  before(async () => {
    await cluster.cox('delete');
    before_ = await hostPicture('life');
  });
  after(() => cluster.cox('delete'));

  const busy = async (): Promise<void> => {
    await cluster.up();
    await cluster.loadImages();
    await cluster.apply(workload);
    for (const name of ['redis', 'web']) await cluster.kubectl(`rollout status deployment/${name} --timeout=90s`);
  };
  const pids = (): readonly number[] => {
    const folder = clusterPaths('life').processes;
    const supervisor = JSON.parse(readFileSync(join(clusterPaths('life').run, 'supervisor.json'), 'utf8')) as {
      pid: number;
    };
    return [
      supervisor.pid,
      ...readdirSync(folder).map(
        (file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { pid: number }).pid,
      ),
    ];
  };

  test('down and up keep objects, addresses, node ports and volumes', { timeout: 240_000 }, async () => {
    await busy();
    const redis = (...argv: string[]): Promise<string> =>
      cluster.kubectl(['exec', 'deployment/redis', '--', 'redis-cli', ...argv]);
    assert.equal((await redis('set', 'key', 'kept')).trim(), 'OK');
    const services = await cluster.kubectl(
      'get services -o custom-columns=N:.metadata.name,C:.spec.clusterIP,P:.spec.ports[*].nodePort,U:.metadata.uid',
    );
    await cluster.cox('down');
    assert.match(await cluster.cox('status'), /stopped/);
    await cluster.up();
    assert.equal(
      await cluster.kubectl(
        'get services -o custom-columns=N:.metadata.name,C:.spec.clusterIP,P:.spec.ports[*].nodePort,U:.metadata.uid',
      ),
      services,
    );
    await eventually('redis with its data', async () => (await redis('get', 'key')).trim() === 'kept', 60_000);
    await eventually('the node port', async () => (await curl('127.0.0.1:32001')) === 'Hello, world!\n', 60_000);
    assert.match(await cluster.cox('status'), /running/);
    const status = JSON.parse(await cluster.cox('status', '--json')) as { state: string; problems: unknown[] };
    assert.deepEqual([status.state, status.problems], ['running', []]);
  });

  test('up, run again, changes nothing', async () => {
    const before = pids();
    await cluster.up();
    assert.deepEqual(pids(), before);
  });

  test('delete leaves the host as it was', { timeout: 120_000 }, async () => {
    await busy();
    const objects = kernelObjects('life');
    await cluster.cox('delete');
    assert.deepEqual(await hostPicture('life'), before_);
    await eventually('an end of eBPF programs and maps', async () => stillInKernel(objects).length === 0);
  });

  test('delete leaves the host as it was after every process was killed', { timeout: 240_000 }, async () => {
    await busy();
    for (const pid of pids()) process.kill(pid, 'SIGKILL');
    const objects = kernelObjects('life');
    // They serve without any process of the cluster, until it is deleted.
    assert.deepEqual(stillInKernel(objects), objects);
    await cluster.cox('delete');
    assert.deepEqual(await hostPicture('life'), before_);
    await eventually('an end of eBPF programs and maps', async () => stillInKernel(objects).length === 0);
  });

  test('faults of the user are one sentence with the remedy, and leave nothing', async () => {
    const cox = (...argv: string[]) => run([join(root, 'cox'), ...argv]);
    const cases: [argv: string[], message: RegExp][] = [
      [['up', '--name', 'x', '--no-such-flag'], /unknown option '--no-such-flag'/],
      [['up', '--name', 'X!'], /is no cluster name/],
      [['up', '--name', 'x', '--nodes', '0'], /not a number from 1/],
      [['up', '--name', 'x', '--mirror', 'nonsense'], /REGISTRY=URL/],
      [
        ['up', '--name', 'x', '--api-port', '27000', '--http-port', '27000'],
        /--api-port 27000 and --http-port 27000 are the same/,
      ],
      [['nonsense'], /unknown command 'nonsense'/],
      [['status', '--name', 'nowhere'], /there is no cluster "nowhere" on this machine/],
      [['image', 'load', '/no/such/file', '--name', 'nowhere'], /there is no cluster "nowhere"/],
    ];
    for (const [argv, message] of cases) {
      const { exitCode, stderr } = await cox(...argv);
      assert.notEqual(exitCode, 0, argv.join(' '));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n +at /, 'no stack trace');
    }
    assert.deepEqual(await hostPicture('life'), before_);
  });
});

const workload = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: redis }
spec:
  selector: { matchLabels: { app: redis } }
  template:
    metadata: { labels: { app: redis } }
    spec:
      containers: [{ name: redis, image: "redis:7", volumeMounts: [{ name: data, mountPath: /data }] }]
      volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "wjallen/hello-flask:1.0", imagePullPolicy: Always }]
      volumes: [{ name: scratch, emptyDir: { medium: Memory } }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 5000, nodePort: 32001 }] }
`;
