import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, useCluster, whyNotHere } from './cluster.ts';

/** Marks what it is asked about at `/mutate`, refuses what is labelled `bad` at `/judge`. */
const program = `
import base64, http.server, json, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['content-length'])))['request']
        labels = asked['object']['metadata'].get('labels') or {}
        answer = {'uid': asked['uid'], 'allowed': True}
        if self.path.startswith('/mutate'):
            patch = [{'op': 'add', 'path': '/data/touched', 'value': asked['userInfo']['username']}]
            answer.update(patchType='JSONPatch', patch=base64.b64encode(json.dumps(patch).encode()).decode())
        elif 'bad' in labels:
            answer.update(allowed=False, status={'message': 'labelled bad', 'code': 403, 'reason': 'Forbidden'})
        body = json.dumps({'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview', 'response': answer}).encode()
        self.send_response(200)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.ThreadingHTTPServer(('', 8443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('/tls/tls.crt', '/tls/tls.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`;

function certificate(): { readonly cert: string; readonly key: string } {
  const directory = mkdtempSync(join(tmpdir(), 'cox-webhook-'));
  const [key, cert] = [join(directory, 'key'), join(directory, 'cert')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=webhook', '-addext', 'subjectAltName=DNS:webhook.hooks.svc'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const base64 = (file: string): string => readFileSync(file).toString('base64');
  const pair = { cert: base64(cert), key: base64(key) };
  rmSync(directory, { recursive: true });
  return pair;
}

const selected = { matchLabels: { 'kubernetes.io/metadata.name': 'hooked' } };

function configuration(kind: string, path: string, caBundle: string): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: 'hooks-test' },
    webhooks: [
      {
        name: `${path}.hooks.example.com`,
        clientConfig: { service: { namespace: 'hooks', name: 'webhook', path: `/${path}` }, caBundle },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        namespaceSelector: selected,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

function server({ cert, key }: { cert: string; key: string }): readonly object[] {
  const labels = { app: 'webhook' };
  const namespace = 'hooks';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tls', namespace },
      data: { 'tls.crt': cert, 'tls.key': key },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'webhook', namespace, labels },
      spec: {
        containers: [
          {
            name: 'server',
            image: 'python:3.10',
            command: ['python3', '-c', program],
            readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
            volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
          },
        ],
        volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
        terminationGracePeriodSeconds: 0,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'webhook', namespace },
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
  ];
}

// A webhook in a pod, behind a Service, as operators bring them.
describe('admission webhooks', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  before(async () => {
    await cluster.loadImages();
    const pair = certificate();
    await cluster.apply(list(server(pair)));
    await cluster.kubectl('create namespace hooked');
    await cluster.kubectl('wait -n hooks pod/webhook --for=condition=Ready --timeout=60s', { timeoutMs: 70_000 });
    await cluster.kubectl(
      ['wait', '-n', 'hooks', 'endpoints/webhook', '--for=jsonpath={.subsets[0].addresses[0].ip}', '--timeout=30s'],
      { timeoutMs: 40_000 },
    );
    const configurations = [
      configuration('MutatingWebhookConfiguration', 'mutate', pair.cert),
      configuration('ValidatingWebhookConfiguration', 'judge', pair.cert),
    ];
    await cluster.apply(list(configurations));
  });
  after(async () => {
    const kinds = 'mutatingwebhookconfiguration,validatingwebhookconfiguration';
    await cluster.kubectl(`delete ${kinds} hooks-test --ignore-not-found`);
    await cluster.kubectl('delete namespace hooks hooked --ignore-not-found --timeout=60s');
  });

  test('change what is created', async () => {
    await cluster.kubectl('create configmap good -n hooked --from-literal=a=1');
    assert.match(await cluster.jsonpath('get configmap good -n hooked', '{.data.touched}'), /\w/);
  });

  test('refuse, in their own words', async () => {
    const bad = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'bad', namespace: 'hooked', labels: { bad: '' } },
      data: { a: '1' },
    };
    const { exitCode, stderr } = await cluster.tryKubectl(['create', '-f', '-'], { input: JSON.stringify(bad) });
    assert.equal(exitCode, 1);
    assert.match(stderr, /admission webhook "judge.hooks.example.com" denied the request: labelled bad/);
  });

  test('are asked about their own namespaces only', async () => {
    await cluster.kubectl('create configmap elsewhere -n hooks --from-literal=a=1');
    assert.equal(await cluster.jsonpath('get configmap elsewhere -n hooks', '{.data.touched}'), '');
  });

  test('that are gone fail what they are needed for', async () => {
    await cluster.kubectl('delete pod webhook -n hooks --wait=true');
    // The container outlives its pod for a moment, and answers until then.
    const failed = await eventually('the webhook to be gone', async () => {
      const argv = 'create configmap lost -n hooked --from-literal=a=1 --dry-run=server';
      const { exitCode, stderr } = await cluster.tryKubectl(argv.split(' '));
      return exitCode === 0 ? undefined : stderr;
    });
    assert.match(failed, /failed calling webhook "mutate.hooks.example.com": failed to call webhook: Post/);
  });
});
