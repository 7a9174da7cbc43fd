import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { eventually, useCluster, whyNotHere } from './cluster.ts';

const image = 'python:3.10';
const sleep = `{ name: c, image: "${image}", command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done'] }`;

const statefulSet = `
apiVersion: v1
kind: Service
metadata: { name: db, labels: { test: workloads } }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 8000 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, labels: { test: workloads } }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers:
        - ${sleep.replace(/}$/, ', volumeMounts: [{ name: data, mountPath: /data }] }')}
  volumeClaimTemplates:
    - metadata: { name: data, labels: { test: workloads } }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;

const keeper = (apiVersion: string, kind: string, name: string, more = ''): string => `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: ${name}, labels: { test: workloads } }
spec:
  selector: ${kind === 'ReplicationController' ? `{ app: ${name} }` : `{ matchLabels: { app: ${name} } }`}${more}
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [${sleep}] }
`;

const once = `{ template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "${image}", command: [echo, done] }] } } }`;

describe('workloads', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  after(() =>
    cluster.kubectl('delete sts,ds,rc,cronjob,job,service,pvc -l test=workloads --ignore-not-found --wait=true'),
  );

  test('each pod of a StatefulSet has its name, its claim and what it kept there', async () => {
    await cluster.apply(statefulSet);
    await cluster.kubectl('rollout status statefulset/db --timeout=90s');
    assert.deepEqual(await cluster.podNames('app=db'), ['db-0', 'db-1']);
    assert.match(await cluster.kubectl('get pvc data-db-1'), /data-db-1 +Bound/);
    const inPod = (pod: string, command: string): Promise<string> =>
      cluster.kubectl(['exec', pod, '--', 'sh', '-c', command]);
    await inPod('db-0', 'echo $HOSTNAME >/data/kept');
    await cluster.kubectl('delete pod db-0');
    await cluster.kubectl('wait --for=condition=ready pod/db-0 --timeout=60s');
    assert.equal(await inPod('db-0', 'cat /data/kept'), 'db-0\n');
    const address = await cluster.jsonpath('get pod db-0', '{.status.podIP}');
    await eventually('its name in DNS', async () =>
      (await inPod('db-1', 'getent hosts db-0.db')).startsWith(`${address} `),
    );
    await cluster.kubectl('scale statefulset db --replicas=1');
    await cluster.kubectl('wait --for=delete pod/db-1 --timeout=60s');
    assert.match(await cluster.kubectl('get pvc data-db-1'), /data-db-1 +Bound/);
  });

  test('a DaemonSet has a pod on every node, a ReplicationController its number', async () => {
    await cluster.apply(keeper('apps/v1', 'DaemonSet', 'everywhere'));
    await cluster.kubectl('rollout status daemonset/everywhere --timeout=60s');
    const nodes = await cluster.jsonpath('get pods -l app=everywhere', '{.items[*].spec.nodeName}');
    assert.deepEqual(nodes.split(' ').toSorted(), ['kube-worker-1', 'kube-worker-2']);
    await cluster.apply(keeper('v1', 'ReplicationController', 'old', '\n  replicas: 1'));
    await cluster.kubectl('scale rc old --replicas=3');
    await eventually('three pods', async () => /old +3 +3 +3 /.test(await cluster.kubectl('get rc old')));
    await cluster.kubectl(['delete', 'pod', (await cluster.podNames('app=old'))[0] ?? '']);
    await eventually('three again', async () => /old +3 +3 +3 /.test(await cluster.kubectl('get rc old')));
  });

  test('a CronJob starts Jobs, at its times and by hand', async () => {
    await cluster.apply(`
apiVersion: batch/v1
kind: CronJob
metadata: { name: tick, labels: { test: workloads } }
spec:
  schedule: "0 0 1 1 *"
  jobTemplate: { metadata: { labels: { test: workloads } }, spec: ${once} }
`);
    await cluster.kubectl('create job by-hand --from=cronjob/tick');
    await cluster.kubectl('label job by-hand test=workloads');
    await cluster.kubectl('wait --for=condition=complete job/by-hand --timeout=60s');
    assert.equal(await cluster.kubectl('logs job/by-hand'), 'done\n');
    await cluster.kubectl(['patch', 'cronjob', 'tick', '-p', '{"spec":{"schedule":"@every 1s"}}']);
    await eventually('a Job at its time, done', async () =>
      /tick-\d+ +Complete +1\/1/.test(await cluster.kubectl('get jobs -l test=workloads')),
    );
    await cluster.kubectl(['patch', 'cronjob', 'tick', '-p', '{"spec":{"suspend":true}}']);
    assert.match(await cluster.kubectl('describe cronjob tick'), /SuccessfulCreate .*Created job tick-\d+/);
  });
});
