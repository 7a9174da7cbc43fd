import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { exec } from '../../src/system/exec.ts';
import { inNamespace } from '../../src/system/namespaces.ts';
import { curl, curlFailure, eventually, useCluster, whyNotHere } from './cluster.ts';

// Services of type LoadBalancer: an address of the node network that the host, the nodes and pods reach.
describe('load balancer', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  before(() => cluster.apply(manifest));
  before(() => cluster.kubectl('rollout status deployment/balanced --timeout=60s'));
  after(() => cluster.kubectl('delete deployment,service -l test=load-balancer --ignore-not-found --wait=true'));

  const addressOf = (name: string): Promise<string> =>
    eventually(`an address of ${name}`, async () => {
      const address = await cluster.jsonpath(`get service ${name}`, '{.status.loadBalancer.ingress[0].ip}');
      return address !== '' && address;
    });
  const answers = (...argv: readonly string[]): Promise<boolean> =>
    eventually(`an answer from ${argv.join(' ')}`, async () => (await curl(...argv)) === 'Hello, world!\n');
  const patch = (spec: object): Promise<string> =>
    cluster.kubectl(['patch', 'service', 'balanced', '-p', JSON.stringify({ spec })]);

  test('answers the host, both nodes and pods, and is shown', async () => {
    const address = await addressOf('balanced');
    assert.match(await cluster.kubectl('get service balanced'), new RegExp(`LoadBalancer +\\S+ +${address} +80/TCP`));
    await answers(address);
    for (const node of [1, 2]) {
      const inside = inNamespace(`cox-e2e-${node}`, ['curl', '--silent', '--fail', '--max-time', '5', address]);
      assert.equal((await exec(inside)).stdout, 'Hello, world!\n');
    }
    assert.equal(await cluster.curlIn(await cluster.pod('app=balanced'), address), 'Hello, world!\n');
    assert.equal((await curlFailure(`${address}:81`)).exitCode, 7);
  });

  test('policy Local keeps the client and sends it to nodes with endpoints alone', async () => {
    const address = await addressOf('balanced');
    const gateway = address.replace(/\d+$/, '1');
    await patch({ externalTrafficPolicy: 'Local' });
    await eventually('one node', async () => {
      const { stdout } = await exec(['ip', 'route', 'show', address]);
      return stdout.match(/via/g)?.length === 1;
    });
    await eventually("the host's own address in the log", async () => {
      await curl(address);
      return (await cluster.kubectl('logs deployment/balanced')).includes(`${gateway} - - `);
    });
    await patch({ externalTrafficPolicy: 'Cluster' });
  });

  test('source ranges keep others out', async () => {
    const address = await addressOf('balanced');
    const gateway = address.replace(/\d+$/, '1');
    await patch({ loadBalancerSourceRanges: ['192.0.2.0/24'] });
    await eventually('silence', async () => (await curlFailure('--max-time', '1', address)).exitCode === 28);
    await patch({ loadBalancerSourceRanges: [`${gateway}/32`] });
    await answers(address);
  });

  test('a second one has another address; what is given back is refused at once', async () => {
    await cluster.kubectl('create service loadbalancer second --tcp=80:5000');
    await cluster.kubectl('label service second test=load-balancer');
    const [first, second] = [await addressOf('balanced'), await addressOf('second')];
    assert.notEqual(first, second);
    await cluster.kubectl(['patch', 'service', 'second', '-p', '{"spec":{"selector":{"app":"balanced"}}}']);
    await answers(second);
    await cluster.kubectl(['patch', 'service', 'second', '-p', '{"spec":{"type":"ClusterIP"}}']);
    assert.match(await cluster.kubectl('get service second'), /ClusterIP +\S+ +<none>/);
    await eventually('no way', async () => (await curlFailure(second)).exitCode === 7);
    assert.equal((await exec(['ip', 'route', 'show', second])).stdout, '');
  });
});

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: balanced, labels: { test: load-balancer } }
spec:
  replicas: 1
  selector: { matchLabels: { app: balanced } }
  template:
    metadata: { labels: { app: balanced, test: load-balancer } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: web, image: "wjallen/hello-flask:1.0", ports: [{ name: http, containerPort: 5000 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: balanced, labels: { test: load-balancer } }
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: false
  selector: { app: balanced }
  ports: [{ port: 80, targetPort: http }]
`;
