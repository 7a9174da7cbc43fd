import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, useCluster, whyNotHere } from './cluster.ts';

interface Explained {
  readonly outcome: string;
  readonly considered: readonly { readonly path: string; readonly isChosen: boolean; readonly why: string }[];
  readonly answer: { readonly status: number; readonly text: string };
  readonly podAnswers: readonly { readonly pod: string; readonly answer: { readonly status: number } }[];
  readonly problems: readonly { readonly message: string }[];
}

// An Ingress that does nothing says why: on the write, in events, and when asked.
describe('Ingress says why', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const remove = 'delete deployment,service,ingress -l test=why --ignore-not-found --wait=true';
  before(() => cluster.kubectl(remove));
  after(() => cluster.kubectl(remove));

  const explain = async (url: string): Promise<Explained> =>
    JSON.parse(await cluster.cox('ingress explain', url, '--json')) as Explained;
  const events = (): Promise<string> => cluster.kubectl('get events --field-selector involvedObject.name=why');

  test('a missing Service is told on the write, in an event, and by cox ingress explain', async () => {
    const { stderr, exitCode } = await cluster.tryKubectl('apply -f -', { input: ingress });
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^Warning: Service default\/why does not exist, so its paths answer 503$/m);
    await eventually('the event', async () =>
      /ServiceNotFound .*Service default\/why does not exist/.test(await events()),
    );
    const { outcome, answer, problems } = await eventually('the rule', async () => {
      const found = await explain('http://why.example/shop/x');
      return found.answer.status === 503 ? found : undefined;
    });
    assert.equal(outcome, 'forward to default/why/80');
    assert.equal(answer.status, 503);
    assert.match(problems[0]?.message ?? '', /Service default\/why does not exist/);
  });

  test('with pods behind it, nginx and the pods are asked, and an event says that it is over', async () => {
    const { stderr } = await cluster.tryKubectl('apply -f -', { input: workload });
    assert.equal(stderr, '');
    await cluster.kubectl('rollout status deployment/why --timeout=90s');
    await eventually('the event', async () =>
      /Resolved .*No longer so: Service default\/why does/.test(await events()),
    );
    const { answer, podAnswers, problems, considered } = await eventually('an answer', async () => {
      const found = await explain('http://why.example/shop/x');
      return found.answer.status === 404 && found.podAnswers.length === 1 ? found : undefined;
    });
    // Python's own 404: the request has reached the pod, both ways.
    assert.match(answer.text, /DOCTYPE HTML|Error response/);
    assert.deepEqual(
      podAnswers.map(({ answer: { status } }) => status),
      [404],
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      considered.map(({ path, isChosen }) => [path, isChosen]),
      [
        ['exact /shop/pay', false],
        ['prefix /shop', true],
      ],
    );
  });
});

const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: why, labels: { test: why } }
spec:
  ingressClassName: nginx
  rules:
    - host: why.example
      http:
        paths:
          - { path: /shop, pathType: Prefix, backend: { service: { name: why, port: { number: 80 } } } }
          - { path: /shop/pay, pathType: Exact, backend: { service: { name: why, port: { number: 80 } } } }
`;
const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: why, labels: { test: why } }
spec:
  selector: { matchLabels: { app: why } }
  template:
    metadata: { labels: { app: why } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: web, image: "python:3.10", command: [python3, -m, http.server, "5000"], readinessProbe: { tcpSocket: { port: 5000 }, periodSeconds: 1 } }
---
apiVersion: v1
kind: Service
metadata: { name: why, labels: { test: why } }
spec: { selector: { app: why }, ports: [{ port: 80, targetPort: 5000 }] }
`;
