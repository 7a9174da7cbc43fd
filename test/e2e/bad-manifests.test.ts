import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useCluster, whyNotHere } from './cluster.ts';

// What a user gets wrong is answered as upstream answers it, and changes nothing.
describe('bad manifests', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();

  const deployment = (spec: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: bad }
spec:
${spec}`;
  const template = `
  template:
    metadata: { labels: { app: bad } }
    spec: { containers: [{ name: bad, image: "python:3.10" }] }
`;
  const service = (ports: string): string => `
apiVersion: v1
kind: Service
metadata: { name: bad }
spec: { selector: { app: bad }, ports: ${ports} }
`;

  const cases: Record<string, [manifest: string, message: RegExp]> = {
    'an unknown field': [
      deployment(`  replica: 2\n  selector: { matchLabels: { app: bad } }${template}`),
      /strict decoding error: unknown field "spec\.replica"/,
    ],
    'a wrong type': [
      deployment(`  replicas: two\n  selector: { matchLabels: { app: bad } }${template}`),
      /cannot be handled as a Deployment.*replicas|Invalid value.*replicas|expected.*integer/i,
    ],
    'a selector that does not match the template': [
      deployment(`  selector: { matchLabels: { app: other } }${template}`),
      /The Deployment "bad" is invalid: spec\.template\.metadata\.labels: Invalid value: .*`selector` does not match template `labels`/,
    ],
    'no selector': [deployment(template), /spec\.selector: Required value/],
    'a port that is none': [
      service('[{ port: 70000 }]'),
      /The Service "bad" is invalid: [^]*spec\.ports\[0\]\.port: Invalid value: 70000: must be between 1 and 65535, inclusive/,
    ],
    'a node port outside of the range': [
      service('[{ port: 80, nodePort: 80 }]').replace('spec: {', 'spec: { type: NodePort,'),
      /spec\.ports\[0\]\.nodePort: Invalid value: 80: provided port is not in the valid range\. The range of valid ports is 31000-31999/,
    ],
    'a name that is none': [
      service('[{ port: 80 }]').replace('name: bad', 'name: Bad_Name'),
      /metadata\.name: Invalid value: "Bad_Name"/,
    ],
    'two containers of one name': [
      deployment(`  selector: { matchLabels: { app: bad } }${template}`).replace(
        '[{ name: bad, image: "python:3.10" }]',
        '[{ name: bad, image: a }, { name: bad, image: b }]',
      ),
      /spec\.template\.spec\.containers\[1\]\.name: Duplicate value: "bad"/,
    ],
    'a namespace that is not there': [
      service('[{ port: 80 }]').replace('name: bad', 'name: bad, namespace: nowhere'),
      /namespaces "nowhere" not found/,
    ],
    'a kind that is not served': [
      'apiVersion: v1\nkind: Nonsense\nmetadata: { name: bad }\n',
      /no matches for kind "Nonsense" in version "v1"/,
    ],
  };
  for (const [name, [manifest, message]] of Object.entries(cases)) {
    test(name, async () => {
      const { exitCode, stderr } = await cluster.tryKubectl('apply -f -', { input: manifest });
      assert.notEqual(exitCode, 0);
      assert.match(stderr, message);
      assert.equal(await cluster.kubectl('get deployment,service bad --ignore-not-found'), '');
    });
  }

  test('a name that is taken', async () => {
    const first = await cluster.tryKubectl('create configmap taken --from-literal=a=1');
    assert.equal(first.exitCode, 0, first.stderr);
    const second = await cluster.tryKubectl('create configmap taken --from-literal=a=2');
    assert.equal(second.exitCode, 1);
    assert.match(second.stderr, /configmaps "taken" already exists/);
    assert.equal(await cluster.jsonpath('get configmap taken', '{.data.a}'), '1');
    await cluster.kubectl('delete configmap taken');
  });

  test('a selector cannot change', async () => {
    const good = deployment(`  replicas: 0\n  selector: { matchLabels: { app: bad } }${template}`);
    await cluster.apply(good);
    try {
      const { exitCode, stderr } = await cluster.tryKubectl('apply -f -', {
        input: good.replaceAll('app: bad', 'app: changed'),
      });
      assert.equal(exitCode, 1);
      assert.match(stderr, /spec\.selector: Invalid value: .*field is immutable/);
      assert.equal(await cluster.jsonpath('get deployment bad', '{.spec.selector.matchLabels.app}'), 'bad');
    } finally {
      await cluster.kubectl('delete deployment bad');
    }
  });
});
