import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { eventually, useCluster, whyNotHere } from './cluster.ts';

/** What a pod writes here is there for the next one. */
const hostFolder = '/dev/shm/cox-e2e-graceful';

describe("a pod's life", { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  after(async () => {
    await cluster.kubectl('delete deployment,service,pod -l test=life --ignore-not-found --wait=true');
    rmSync(hostFolder, { recursive: true, force: true });
  });

  const statusOf = async (name: string): Promise<string> =>
    (await cluster.kubectl(`get pod ${name} --no-headers`)).split(/ +/).slice(1, 4).join(' ');
  /** Waits for an event of a pod: it follows the pod's status in its own time. */
  const recorded = (name: string, event: RegExp): Promise<boolean> =>
    eventually(`the event ${event}`, async () =>
      event.test(await cluster.kubectl(`get events --field-selector involvedObject.name=${name}`)),
    );
  const endpoints = async (service: string): Promise<number> => {
    const text = await cluster.jsonpath(
      `get endpointslices -l kubernetes.io/service-name=${service}`,
      '{.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}',
    );
    return text.trim() === '' ? 0 : text.trim().split(' ').length;
  };

  for (const [kind, probe] of Object.entries({
    exec: 'exec: { command: [cat, /tmp/ready] }',
    http: 'httpGet: { port: web, path: /ready }',
    tcp: 'tcpSocket: { port: 8000 }',
  })) {
    test(`a ${kind} readiness probe decides whether a pod gets traffic`, async () => {
      const name = `ready-${kind}`;
      await cluster.apply(readiness(name, probe));
      await eventually('the container to run', async () => (await statusOf(name)).startsWith('0/1 Running'));
      assert.equal(await endpoints(name), 0);
      const server =
        kind === 'exec'
          ? 'touch /tmp/ready'
          : 'mkdir -p /srv/ready && cd /srv && (python3 -m http.server 8000 >/dev/null 2>&1 &)';
      await cluster.kubectl(['exec', name, '--', 'sh', '-c', server]);
      await eventually('readiness', async () => (await statusOf(name)).startsWith('1/1 Running'));
      await eventually('the endpoint', async () => (await endpoints(name)) === 1);
      if (kind === 'exec') {
        await cluster.kubectl(['exec', name, '--', 'rm', '/tmp/ready']);
        await eventually('unreadiness', async () => (await statusOf(name)).startsWith('0/1 Running'));
        await eventually('no endpoint', async () => (await endpoints(name)) === 0);
        await recorded(name, /Warning +Unhealthy .*Readiness probe failed/);
      }
    });
  }

  test('a failing liveness probe restarts the container, a startup probe holds it back', async () => {
    await cluster.apply(
      pod(
        'live',
        `
      command: [sh, -c, 'touch /tmp/alive; sleep 600']
      startupProbe: { exec: { command: ["true"] }, periodSeconds: 1 }
      livenessProbe: { exec: { command: [cat, /tmp/alive] }, periodSeconds: 1, failureThreshold: 2 }`,
        'terminationGracePeriodSeconds: 1',
      ),
    );
    await cluster.kubectl('wait --for=condition=Ready pod/live --timeout=60s');
    await cluster.kubectl('exec live -- rm /tmp/alive');
    await eventually(
      'a restart',
      async () => (await cluster.jsonpath('get pod live', '{.status.containerStatuses[0].restartCount}')) === '1',
    );
    await recorded('live', /Killing .*Container main failed liveness probe, will be restarted/);
  });

  test('a container that crashes is restarted with back-off: CrashLoopBackOff', async () => {
    await cluster.apply(
      pod(
        'crash',
        `
      command: [sh, -c, 'exit 3']`,
      ),
    );
    await eventually('back-off', async () => (await statusOf('crash')).includes('CrashLoopBackOff'));
    assert.equal(
      await cluster.jsonpath('get pod crash', '{.status.containerStatuses[0].lastState.terminated.exitCode}'),
      '3',
    );
    await recorded('crash', /BackOff .*Back-off restarting failed container main in pod crash_default/);
  });

  test('an image that is nowhere: ErrImagePull, then ImagePullBackOff', async () => {
    await cluster.apply(pod('no-image', '', '', 'no-such-image:1'));
    await eventually('the error', async () => /ErrImagePull|ImagePullBackOff/.test(await statusOf('no-image')));
    await eventually('back-off', async () => (await statusOf('no-image')).includes('ImagePullBackOff'));
    await recorded('no-image', /Failed to pull image "no-such-image:1"/);
  });

  test('a pod ends gracefully, with its preStop hook first', async () => {
    await cluster.apply(
      pod(
        'graceful',
        `
      command: [sh, -c, 'trap "echo got TERM >> /log/end; exit 0" TERM; while true; do sleep 0.1; done']
      lifecycle: { preStop: { exec: { command: [sh, -c, 'echo preStop >> /log/end'] } } }
      volumeMounts: [{ name: log, mountPath: /log }]`,
        `terminationGracePeriodSeconds: 20\n  volumes: [{ name: log, hostPath: { path: ${hostFolder}, type: DirectoryOrCreate } }]`,
      ),
    );
    await cluster.kubectl('wait --for=condition=Ready pod/graceful --timeout=60s');
    const started = performance.now();
    await cluster.kubectl('delete pod graceful --wait=true');
    assert.ok(performance.now() - started < 15_000, 'it need not be killed');
    await cluster.apply(
      pod(
        'reader',
        `
      command: [sh, -c, 'cat /log/end; rm -r /log/*']
      volumeMounts: [{ name: log, mountPath: /log }]`,
        `restartPolicy: Never\n  volumes: [{ name: log, hostPath: { path: ${hostFolder} } }]`,
      ),
    );
    await cluster.kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/reader --timeout=60s');
    assert.equal(await cluster.kubectl('logs reader'), 'preStop\ngot TERM\n');
  });

  test('a pod that is ending goes on to say whether it is ready', async () => {
    const script = "trap 'rm /tmp/ready' TERM; touch /tmp/ready; while true; do sleep 0.2; done";
    await cluster.apply(
      pod(
        'leaving',
        `
      command: [sh, -c, "${script}"]
      readinessProbe: { exec: { command: [cat, /tmp/ready] }, periodSeconds: 1, failureThreshold: 1 }`,
        'terminationGracePeriodSeconds: 300',
      ),
    );
    await cluster.kubectl('wait --for=condition=Ready pod/leaving --timeout=60s');
    await cluster.kubectl('delete pod leaving --wait=false');
    await cluster.kubectl('wait --for=condition=Ready=false pod/leaving --timeout=60s');
    assert.match(await statusOf('leaving'), /^0\/1 Terminating/);
    await cluster.kubectl('delete pod leaving --force --grace-period=0');
  });

  test('a rolling update keeps within maxSurge and maxUnavailable', async () => {
    await cluster.apply(rolling('1'));
    await cluster.kubectl('rollout status deployment/rolling --timeout=90s');
    await cluster.apply(rolling('2'));
    let fewest = Infinity;
    let most = 0;
    await eventually(
      'the new version',
      async () => {
        const { status, metadata } = await cluster.json<{
          status: Record<string, number>;
          metadata: { generation: number };
        }>('get deployment rolling');
        fewest = Math.min(fewest, status['availableReplicas'] ?? 0);
        most = Math.max(most, status['replicas'] ?? 0);
        return (
          status['observedGeneration'] === metadata.generation &&
          status['updatedReplicas'] === 3 &&
          status['replicas'] === 3 &&
          status['availableReplicas'] === 3
        );
      },
      90_000,
    );
    assert.ok(fewest >= 3, `available at the least: ${fewest}`);
    assert.ok(most <= 4, `pods at the most: ${most}`);
  });

  test('init containers run one after the other before the main one', async () => {
    await cluster.apply(
      pod(
        'init',
        `
      command: [sh, -c, 'cat /work/order']
      volumeMounts: [{ name: work, mountPath: /work }]`,
        `restartPolicy: Never
  volumes: [{ name: work, emptyDir: {} }]
  initContainers:
    - { name: one, image: "python:3.10", command: [sh, -c, 'echo one >> /work/order'], volumeMounts: [{ name: work, mountPath: /work }] }
    - { name: two, image: "python:3.10", command: [sh, -c, 'echo two >> /work/order'], volumeMounts: [{ name: work, mountPath: /work }] }`,
      ),
    );
    await cluster.kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/init --timeout=60s');
    assert.equal(await cluster.kubectl('logs init'), 'one\ntwo\n');
  });
});

function pod(name: string, container: string, spec = '', image = 'python:3.10'): string {
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { test: life, app: ${name} } }
spec:
  ${spec}
  containers:
    - name: main
      image: ${image}${container}
`;
}

function readiness(name: string, probe: string): string {
  return `${pod(
    name,
    `
      command: [sleep, "600"]
      ports: [{ name: web, containerPort: 8000 }]
      readinessProbe: { ${probe}, periodSeconds: 1, failureThreshold: 1 }`,
    'terminationGracePeriodSeconds: 0',
  )}
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, labels: { test: life } }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: web }] }
`;
}

function rolling(version: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: rolling, labels: { test: life } }
spec:
  replicas: 3
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  selector: { matchLabels: { app: rolling } }
  template:
    metadata: { labels: { app: rolling }, annotations: { version: "${version}" } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: wjallen/hello-flask:1.0
          readinessProbe: { httpGet: { port: 5000 }, periodSeconds: 1 }
`;
}
