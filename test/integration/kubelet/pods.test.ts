import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../../src/api/core/pod.schema.ts';
import type { ContainerStatus } from '../../../src/api/core/pod-status.schema.ts';
import { configMaps } from '../../../src/api/resources.ts';
import { KubeletCluster } from './cluster.ts';
import { toolImage, whyNotHere } from './machine.ts';

const skip = whyNotHere() ?? false;
let cluster: KubeletCluster;

/** Runs until it is told to end, and then ends at once. */
const server = ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.1; done'];
const shell = (script: string): string[] => ['sh', '-c', script];

function status(pod: Pod, name = 'c'): ContainerStatus {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status;
  const found = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (item) => item.name === name,
  );
  assert.ok(found, `${pod.metadata.name} has no container ${name}`);
  return found;
}

const isWaiting = (reason: string) => (pod: Pod) =>
  pod.status.containerStatuses?.[0]?.state?.waiting?.reason === reason;
const restarted = ({ status: { containerStatuses } }: Pod) => (containerStatuses?.[0]?.restartCount ?? 0) > 0;
const isPhase = (phase: string) => (pod: Pod) => pod.status.phase === phase;

async function logOf(pod: Pod, container = 'c', run = 0): Promise<string> {
  const { namespace, name, uid } = pod.metadata;
  const text = await readFile(
    join(cluster.machine.directory, 'logs', `${namespace}_${name}_${uid}`, container, `${run}.log`),
    'utf8',
  );
  return text
    .split('\n')
    .map((line) => line.split(' ').slice(3).join(' '))
    .join('\n');
}

/** A container's log, once it has what is looked for. */
async function logUntil(pod: Pod, wanted: RegExp, container = 'c'): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const text = await logOf(pod, container);
    if (wanted.test(text) || attempt === 100) return text;
    await sleep(20);
  }
}

describe('pods on a real runtime', { skip, concurrency: 4 }, () => {
  before(async () => {
    cluster = await KubeletCluster.start();
    await cluster.startKubelet();
  });
  after(() => cluster.close());

  test('a pod runs, is told who it is, and leaves nothing behind', async () => {
    const script = 'hostname; cat /etc/hosts /etc/resolv.conf; env; trap "exit 0" TERM; while true; do sleep 0.1; done';
    await cluster.create('plain', {
      hostname: 'first',
      subdomain: 'web',
      containers: [
        {
          name: 'c',
          command: ['sh', '-c', '$(SCRIPT)'],
          env: [
            { name: 'SCRIPT', value: script },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
        },
      ],
    });
    const pod = await cluster.running('plain');
    const log = await logUntil(pod, /^IP=/m);
    const ip = pod.status.podIP ?? '';
    assert.match(ip, /^10\.233\.64\.\d+$/);
    assert.match(log, /^first\n/);
    assert.match(log, new RegExp(`${ip}\tfirst.web.default.svc.cluster.local\tfirst`));
    assert.match(
      log,
      /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local\nnameserver 10\.233\.0\.3\noptions ndots:5/,
    );
    assert.match(log, new RegExp(`^IP=${ip}$`, 'm'));
    const { namespacePath, address } = (await cluster.kubelet.backend.sandboxNetwork('default', 'plain')) ?? {};
    assert.equal(address, ip);
    assert.ok(namespacePath !== undefined && existsSync(namespacePath));
    await cluster.delete('plain');
    await cluster.gone('plain');
    await cluster.recorded(pod, 'Normal Killing');
    assert.deepEqual(await cluster.events(pod), [
      `Normal Pulled Container image "${toolImage}" already present on machine and can be accessed by the pod`,
      'Normal Created Container created',
      'Normal Started Container started',
      'Normal Killing Stopping container c',
    ]);
    await cluster.nothingLeft(pod);
  });

  test('a container that fails is restarted ever later, and says why it failed', async () => {
    await cluster.create('crash', {
      containers: [{ name: 'c', command: shell('echo run; echo sorry > /dev/termination-log; exit 3') }],
    });
    const pod = await cluster.until('crash', 'in back-off', isWaiting('CrashLoopBackOff'));
    const { state, lastState, restartCount, ready, started } = status(pod);
    assert.equal(
      state?.waiting?.message,
      `back-off 10s restarting failed container=c pod=crash_default(${pod.metadata.uid})`,
    );
    assert.deepEqual(
      [
        lastState?.terminated?.exitCode,
        lastState?.terminated?.reason,
        lastState?.terminated?.message,
        restartCount,
        ready,
        started,
      ],
      [3, 'Error', 'sorry\n', 1, false, false],
    );
    assert.equal(pod.status.phase, 'Running');
    await cluster.recorded(pod, 'Warning BackOff Back-off restarting failed container c in pod crash_default(UID)');
    assert.equal((await logOf(pod, 'c', 1)).trim(), 'run');
    await cluster.delete('crash');
    await cluster.gone('crash');
  });

  test('init containers run in order, sidecars beside, and the pod ends with its main containers', async () => {
    const volumes = [{ name: 'shared', emptyDir: {} }];
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    await cluster.create('ordered', {
      restartPolicy: 'Never',
      volumes,
      initContainers: [
        { name: 'one', command: shell('echo one >> /shared/order'), volumeMounts },
        {
          name: 'side',
          restartPolicy: 'Always',
          command: shell('echo side >> /shared/order; trap "exit 0" TERM; while true; do sleep 0.1; done'),
          volumeMounts,
        },
        { name: 'two', command: shell('sleep 0.3; echo two >> /shared/order'), volumeMounts },
      ],
      containers: [{ name: 'c', command: shell('cat /shared/order'), volumeMounts }],
    });
    const pod = await cluster.until('ordered', 'complete', isPhase('Succeeded'));
    assert.equal((await logOf(pod)).trim(), 'one\nside\ntwo');
    assert.equal(status(pod, 'side').state?.terminated?.exitCode, 0);
    assert.deepEqual(
      (pod.status.conditions ?? []).map(({ type, status: value, reason }) => [type, value, reason]),
      [
        ['PodReadyToStartContainers', 'False', undefined],
        ['Initialized', 'True', 'PodCompleted'],
        ['Ready', 'False', 'PodCompleted'],
        ['ContainersReady', 'False', 'PodCompleted'],
        ['PodScheduled', 'True', undefined],
      ],
    );
    await cluster.delete('ordered');
    await cluster.gone('ordered');
  });

  test('hooks run before a container counts as started and before it ends', async () => {
    await cluster.create('hooked', {
      terminationGracePeriodSeconds: 10,
      containers: [
        {
          name: 'c',
          command: server,
          lifecycle: {
            postStart: { exec: { command: shell('sleep 0.3; echo started > /proc/1/fd/1') } },
            preStop: { exec: { command: shell('echo ending > /proc/1/fd/1; sleep 0.5') } },
          },
        },
      ],
    });
    const pod = await cluster.running('hooked');
    assert.equal((await logOf(pod)).trim(), 'started');
    const log = logWhileItLasts(pod);
    await cluster.delete('hooked');
    assert.match(await log, /ending/);
    await cluster.gone('hooked');
    await cluster.create('badhook', {
      containers: [{ name: 'c', command: server, lifecycle: { postStart: { exec: { command: ['false'] } } } }],
    });
    const failed = await cluster.until('badhook', 'failing', restarted);
    await cluster.recorded(
      failed,
      'Warning FailedPostStartHook PostStartHook failed',
      'Normal Killing FailedPostStartHook',
    );
    await cluster.delete('badhook');
    await cluster.gone('badhook');
  });

  test('a container whose liveness probe fails is killed and comes again', async () => {
    const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 };
    await cluster.create('sick', { containers: [{ name: 'c', command: server, livenessProbe }] });
    const pod = await cluster.until(
      'sick',
      'restarted',
      (item) => restarted(item) && status(item).state?.running !== undefined,
    );
    await cluster.recorded(pod, 'Normal Killing Container c failed liveness probe, will be restarted');
    await cluster.delete('sick');
    await cluster.gone('sick');
  });

  test('readiness follows its probe and the pod’s gates', async () => {
    const readinessProbe = { exec: { command: ['ls', '/tmp/ready'] }, periodSeconds: 1 };
    await cluster.create('gated', {
      readinessGates: [{ conditionType: 'example.com/open' }],
      containers: [
        {
          name: 'c',
          command: shell('sleep 1.5; touch /tmp/ready; trap "exit 0" TERM; while true; do sleep 0.1; done'),
          readinessProbe,
        },
      ],
    });
    const pod = await cluster.until(
      'gated',
      'containers ready',
      ({ status: { containerStatuses } }) => containerStatuses?.[0]?.ready === true,
    );
    const ready = (pod.status.conditions ?? []).find(({ type }) => type === 'Ready');
    assert.equal(ready?.reason, 'ReadinessGatesNotReady');
    assert.equal(ready?.message, 'corresponding condition of pod readiness gate "example.com/open" does not exist.');
    await cluster.setCondition('gated', 'example.com/open');
    await cluster.running('gated');
    await cluster.delete('gated');
    await cluster.gone('gated');
  });

  test('a pod that asks for more than the node has is turned away', async () => {
    await cluster.create('huge', {
      containers: [{ name: 'c', command: server, resources: { requests: { cpu: '1000' } } }],
    });
    const pod = await cluster.until('huge', 'failed', isPhase('Failed'));
    assert.equal(pod.status.reason, 'OutOfcpu');
    assert.match(
      pod.status.message ?? '',
      /^Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, /,
    );
    await cluster.delete('huge');
    await cluster.gone('huge');
  });

  test('a pod that outstays its deadline fails', async () => {
    await cluster.create('late', { activeDeadlineSeconds: 2, containers: [{ name: 'c', command: server }] });
    const pod = await cluster.until('late', 'failed', isPhase('Failed'));
    assert.deepEqual(
      [pod.status.reason, pod.status.message],
      ['DeadlineExceeded', 'Pod was active on the node longer than the specified deadline'],
    );
    assert.ok(status(pod).state?.terminated !== undefined);
    await cluster.delete('late');
    await cluster.gone('late');
  });

  const images = {
    'a name that is none': {
      image: 'Not a name',
      reason: 'InvalidImageName',
      message: /couldn't parse image name "Not a name": invalid reference format/,
    },
    'an image that may not be pulled': {
      image: 'missing:1',
      imagePullPolicy: 'Never',
      reason: 'ErrImageNeverPull',
      message: /^Container image "missing:1" is not present with pull policy of Never$/,
    },
    'an image that cannot be pulled': {
      image: 'localhost:1/missing:1',
      reason: 'ImagePullBackOff',
      message: /^Back-off pulling image "localhost:1\/missing:1": ErrImagePull: failed to pull/,
    },
  };
  for (const [index, [name, { reason, message, ...container }]] of Object.entries(images).entries()) {
    test(`a container waits: ${name}`, async () => {
      await cluster.create(`image-${index}`, { containers: [{ name: 'c', ...container }] });
      const pod = await cluster.until(`image-${index}`, reason, isWaiting(reason));
      assert.match(status(pod).state?.waiting?.message ?? '', message);
      assert.equal(pod.status.phase, 'Pending');
      await cluster.recorded(pod, 'Warning Failed Error: ');
      await cluster.delete(`image-${index}`);
      await cluster.gone(`image-${index}`);
    });
  }

  test('a container waits for a ConfigMap that its variables name, and starts when it is there', async () => {
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'later', key: 'a' } } }];
    await cluster.create('config', { containers: [{ name: 'c', command: server, env }] });
    const pod = await cluster.until('config', 'waiting', isWaiting('CreateContainerConfigError'));
    assert.equal(status(pod).state?.waiting?.message, 'configmap "later" not found');
    await cluster.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'later', namespace: 'default' },
      data: { a: '1' },
    });
    await cluster.running('config');
    await cluster.delete('config');
    await cluster.gone('config');
  });

  test('security contexts and resources reach the container', async () => {
    await cluster.create('confined', {
      restartPolicy: 'Never',
      securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [3000] },
      containers: [
        {
          name: 'c',
          command: shell(
            'id; touch /x; cat /proc/self/status; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max',
          ),
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
          resources: { limits: { memory: '32Mi', cpu: '500m' } },
        },
      ],
    });
    await cluster.create('rootless', {
      securityContext: { runAsNonRoot: true },
      containers: [{ name: 'c', command: server }],
    });
    const pod = await cluster.until(
      'confined',
      'ended',
      ({ status: { phase } }) => phase === 'Failed' || phase === 'Succeeded',
    );
    const log = await logOf(pod);
    assert.match(log, /uid=1000\(user\) gid=1000\(?.*groups=.*2000.*3000/);
    assert.match(log, /Read-only file system/);
    assert.match(log, /^CapEff:\t0+$/m);
    assert.match(log, /^NoNewPrivs:\t1$/m);
    assert.match(log, /^33554432$/m);
    assert.equal(pod.status.qosClass, 'Guaranteed');
    const refused = await cluster.until('rootless', 'refused', isWaiting('CreateContainerConfigError'));
    assert.match(
      status(refused).state?.waiting?.message ?? '',
      /^container has runAsNonRoot and image will run as root/,
    );
    for (const name of ['confined', 'rootless']) {
      await cluster.delete(name);
      await cluster.gone(name);
    }
  });

  test('a container that takes too much memory is killed for it', async () => {
    await cluster.create('greedy', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'c',
          command: shell('x=aaaaaaaaaaaaaaaa; while true; do x="$x$x"; done'),
          resources: { limits: { memory: '16Mi' } },
        },
      ],
    });
    const pod = await cluster.until('greedy', 'failed', isPhase('Failed'), 30_000);
    assert.deepEqual(
      [status(pod).state?.terminated?.reason, status(pod).state?.terminated?.exitCode],
      ['OOMKilled', 137],
    );
    await cluster.delete('greedy');
    await cluster.gone('greedy');
  });

  test('a debug container joins a running pod', async () => {
    await cluster.create('debugged', { containers: [{ name: 'c', command: server }] });
    await cluster.running('debugged');
    await cluster.debug('debugged', {
      name: 'debugger',
      image: toolImage,
      command: shell('cat /proc/1/cmdline'),
      targetContainerName: 'c',
    });
    const pod = await cluster.until('debugged', 'debugged', (item) =>
      (item.status.ephemeralContainerStatuses ?? []).some(({ state }) => state?.terminated !== undefined),
    );
    assert.match(await logUntil(pod, /trap/, 'debugger'), /trap "exit 0"/);
    await cluster.delete('debugged');
    await cluster.gone('debugged');
  });

  test('a running container is given more, or less, or waits for it', async () => {
    const limits = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } });
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const script =
      'trap "exit 0" TERM; while true; do cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max; sleep 0.1; done 2>/dev/null';
    await cluster.create('resized', {
      containers: [{ name: 'c', command: shell(script), resources: limits('100m', '32Mi'), resizePolicy }],
    });
    await logUntil(await cluster.running('resized'), /^10000\b/m);
    await cluster.resize('resized', limits('200m', '32Mi'));
    const pod = await cluster.until('resized', 'resized', (item) => status(item).resources?.limits?.['cpu'] === '200m');
    assert.equal(status(pod).restartCount, 0);
    assert.match(await logUntil(pod, /^20000\b/m), /^20000\b/m);
    await cluster.resize('resized', limits('200m', '48Mi'));
    await cluster.until(
      'resized',
      'restarted',
      (item) => restarted(item) && status(item).resources?.limits?.['memory'] === '48Mi',
    );
    await cluster.resize('resized', limits('100', '48Mi'));
    const waiting = await cluster.until('resized', 'told so', ({ status: { conditions } }) =>
      (conditions ?? []).some(({ type }) => type === 'PodResizePending'),
    );
    assert.equal(waiting.status.conditions?.find(({ type }) => type === 'PodResizePending')?.reason, 'Infeasible');
    assert.equal(status(waiting).resources?.limits?.['cpu'], '200m');
    await cluster.resize('resized', limits('200m', '48Mi'));
    await cluster.until('resized', 'content', ({ status: { conditions } }) =>
      (conditions ?? []).every(({ type }) => type !== 'PodResizePending'),
    );
    await cluster.delete('resized');
    await cluster.gone('resized');
  });

  test('a deletion can be hurried, and forced', async () => {
    const stubborn = [{ name: 'c', command: shell('trap "" TERM; while true; do sleep 0.1; done') }];
    await cluster.create('slow', { terminationGracePeriodSeconds: 60, containers: stubborn });
    await cluster.create('forced', { terminationGracePeriodSeconds: 2, containers: stubborn });
    await cluster.running('slow');
    await cluster.delete('slow');
    await cluster.delete('slow', { gracePeriodSeconds: 1 });
    const forced = await cluster.running('forced');
    await cluster.delete('forced', { gracePeriodSeconds: 0 });
    await cluster.gone('forced', 1000);
    await cluster.gone('slow', 10_000);
    await cluster.nothingLeft(forced);
  });
});

/** What a container logged, read again and again until its file is gone. */
async function logWhileItLasts(pod: Pod): Promise<string> {
  let text = '';
  for (;;) {
    try {
      text = await logOf(pod);
      await readdir(cluster.machine.directory);
    } catch {
      return text;
    }
  }
}
