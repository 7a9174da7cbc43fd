import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configMaps,
  daemonSets,
  deployments,
  endpoints,
  endpointSlices,
  jobs,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} from '../../../src/api/resources.ts';
import { eventually } from '../../../src/system/testing/eventually.ts';
import { create, find, register, withControlPlane } from './cluster.ts';

const labels = { app: 'web' };

function webDeployment(image: string, replicas: number): Record<string, unknown> {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
    },
  };
}

test('the controllers do their work on a real API server, with their own rights', { timeout: 60_000 }, async (t) => {
  await withControlPlane(async ({ client, complaints, playKubelet }) => {
    await t.test('a namespace has its account and certificate, and goes', async () => {
      await create(client, namespaces, { metadata: { name: 'team' } });
      await eventually('the account', () => find(client, serviceAccounts, 'default', 'team'));
      await eventually('the certificate', () => find(client, configMaps, 'kube-root-ca.crt', 'team'));
      const began = performance.now();
      await client.delete(namespaces, { name: 'team' });
      await eventually('no namespace', async () => (await find(client, namespaces, 'team')) === undefined);
      const took = Math.round(performance.now() - began);
      assert.ok(took < 200, `${took} ms`);
    });

    await t.test('a Secret that asks for a token gets one', async () => {
      const annotations = { 'kubernetes.io/service-account.name': 'default' };
      const type = 'kubernetes.io/service-account-token';
      await create(client, secrets, { metadata: { name: 'robot', namespace: 'default', annotations }, type });
      const secret = await eventually('a token', async () => {
        const found = await find(client, secrets, 'robot');
        return found?.data?.['token'] !== undefined && found;
      });
      assert.deepEqual(Object.keys(secret.data ?? {}).toSorted(), ['ca.crt', 'namespace', 'token']);
    });

    await t.test('a node gets a range, and a Deployment rolls behind its Service', async () => {
      await register(client, 'n1');
      const node = await eventually('a range', async () => {
        const found = await find(client, nodes, 'n1');
        return found?.spec.podCIDR !== undefined && found;
      });
      assert.deepEqual(node.spec.podCIDRs, ['10.233.64.0/24']);
      await create(client, services, {
        metadata: { name: 'web', namespace: 'default' },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
      });
      await create(client, deployments, webDeployment('web:1', 3));
      const available = async (revision: string) => {
        await playKubelet('n1');
        const found = await find(client, deployments, 'web');
        const { updatedReplicas, availableReplicas, replicas, observedGeneration } = found?.status ?? {};
        const done = updatedReplicas === 3 && availableReplicas === 3 && replicas === 3;
        const seen = observedGeneration === found?.metadata.generation;
        return done && seen && found?.metadata.annotations?.['deployment.kubernetes.io/revision'] === revision;
      };
      await eventually('an available Deployment', () => available('1'));
      const template = { spec: { containers: [{ name: 'main', image: 'web:2' }] } };
      const patch = { spec: { template } };
      await client.patch(deployments, { name: 'web', namespace: 'default' }, 'strategic', patch);
      await eventually('a second revision', () => available('2'));
      await eventually('endpoints', async () => {
        const { items } = await client.list(endpointSlices, {
          namespace: 'default',
          labelSelector: 'kubernetes.io/service-name=web',
        });
        const ready = items.flatMap((slice) => slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready);
        const old = await find(client, endpoints, 'web');
        return ready.length === 3 && old?.subsets?.[0]?.addresses?.length === 3;
      });
      const { items } = await client.list(replicaSets, { namespace: 'default' });
      assert.deepEqual(
        items.map(({ spec }) => spec.replicas ?? 1).toSorted((a, b) => a - b),
        [0, 3],
      );
    });

    await t.test('a budget lets one pod go', async () => {
      const address = { name: 'web', namespace: 'default' };
      const spec = { maxUnavailable: 1, selector: { matchLabels: labels } };
      await create(client, podDisruptionBudgets, { metadata: address, spec });
      await eventually(
        'a budget of one',
        async () => (await find(client, podDisruptionBudgets, 'web'))?.status.disruptionsAllowed === 1,
      );
      const { items } = await client.list(pods, { labelSelector: 'app=web' });
      const evict = ({ metadata: { name, namespace } }: (typeof items)[number]) =>
        client.post(pods, { name, namespace }, 'eviction', {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name, namespace },
        });
      const results = await Promise.allSettled(items.map(evict));
      assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected', 'rejected']);
      await client.delete(podDisruptionBudgets, address);
    });

    await t.test('a claim gets a volume and gives it back', async () => {
      await create(client, persistentVolumeClaims, {
        metadata: { name: 'data', namespace: 'default' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      });
      await eventually(
        'a bound claim',
        async () => (await find(client, persistentVolumeClaims, 'data'))?.status.phase === 'Bound',
      );
      await client.delete(persistentVolumeClaims, { name: 'data', namespace: 'default' });
      await eventually('no volume', async () => (await client.list(persistentVolumes)).items.length === 0);
    });

    await t.test('a daemon, a set and a Job run', async () => {
      const template = (restartPolicy: string, app: string) => ({
        metadata: { labels: { app } },
        spec: { restartPolicy, containers: [{ name: 'main', image: 'work:1' }] },
      });
      const selector = (app: string) => ({ matchLabels: { app } });
      const metadata = (name: string) => ({ name, namespace: 'default' });
      await create(client, daemonSets, {
        metadata: metadata('agent'),
        spec: { selector: selector('agent'), template: template('Always', 'agent') },
      });
      await create(client, statefulSets, {
        metadata: metadata('db'),
        spec: {
          replicas: 2,
          serviceName: 'db',
          selector: selector('db'),
          template: template('Always', 'db'),
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        },
      });
      await create(client, jobs, {
        metadata: metadata('work'),
        spec: { completions: 2, template: template('Never', 'work') },
      });
      await eventually('all of them', async () => {
        await playKubelet('n1');
        for (const pod of (await client.list(pods, { labelSelector: 'job-name=work' })).items) {
          const body = { status: { phase: 'Succeeded' } };
          await client.patch(pods, pod.metadata, 'strategic', body, { subresource: 'status' }).catch(() => undefined);
        }
        const agent = await find(client, daemonSets, 'agent');
        const db = await find(client, statefulSets, 'db');
        const work = await find(client, jobs, 'work');
        const complete = work?.status.conditions?.some(({ type }) => type === 'Complete');
        return agent?.status.numberAvailable === 1 && db?.status.availableReplicas === 2 && complete;
      });
      assert.equal((await find(client, jobs, 'work'))?.status.succeeded, 2);
      // The kubelet that is played here does not wait for it, as a real one does.
      await eventually('its claim', async () => {
        return (await find(client, persistentVolumeClaims, 'data-db-1'))?.status.phase === 'Bound';
      });
      const propagationPolicy = 'Background';
      await client.delete(daemonSets, metadata('agent'), { propagationPolicy });
      await client.delete(statefulSets, metadata('db'), { propagationPolicy });
      await client.delete(jobs, metadata('work'), { propagationPolicy });
      for (const name of ['data-db-0', 'data-db-1']) await client.delete(persistentVolumeClaims, metadata(name));
    });

    await t.test('what a Deployment owned goes with it', async () => {
      await client.delete(deployments, { name: 'web', namespace: 'default' }, { propagationPolicy: 'Foreground' });
      await eventually('no pods', async () => {
        await playKubelet('n1');
        return (await client.list(pods)).items.length === 0;
      });
      await eventually('no Deployment', async () => (await find(client, deployments, 'web')) === undefined);
      await client.delete(services, { name: 'web', namespace: 'default' });
      await eventually('no slices', async () => {
        const { items } = await client.list(endpointSlices, { labelSelector: 'kubernetes.io/service-name=web' });
        return items.length === 0;
      });
    });

    assert.deepEqual(complaints, []);
  });
});
