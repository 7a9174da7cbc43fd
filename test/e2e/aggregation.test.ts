import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { selfSigned } from '../../src/apiserver/testing/self-signed.ts';
import { eventually, useCluster, whyNotHere } from './cluster.ts';

const namespace = 'extension';
const group = 'things.example.com';

/** An API server in a pod, as small as can be: it lets in whom the front-proxy authority vouches for, and says who asked. */
const program = `
import http.server, json, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        path = self.path.split('?')[0].split('/')
        status, body = 404, {'kind': 'Status', 'apiVersion': 'v1', 'status': 'Failure', 'code': 404}
        if path[1] == 'apis' and len(path) == 4:
            thing = {'name': 'things', 'singularName': 'thing', 'namespaced': True, 'kind': 'Thing', 'verbs': ['get', 'list']}
            body = {'kind': 'APIResourceList', 'apiVersion': 'v1', 'groupVersion': '/'.join(path[2:4]), 'resources': [thing]}
            status = 200
        elif path[1] == 'apis' and path[-1] == 'things':
            version = '/'.join(path[2:4])
            note = {'user': self.headers['x-remote-user'], 'groups': ' '.join(self.headers.get_all('x-remote-group'))}
            item = {'kind': 'Thing', 'apiVersion': version, 'metadata': {'name': 'only', 'annotations': note}}
            body = {'kind': 'ThingList', 'apiVersion': version, 'metadata': {'resourceVersion': '1'}, 'items': [item]}
            status = 200
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)
server = http.server.ThreadingHTTPServer(('', 8443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('/tls/tls.crt', '/tls/tls.key')
context.load_verify_locations('/tls/front-proxy.crt')
context.verify_mode = ssl.CERT_REQUIRED
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const pair = selfSigned(`DNS:behind-pods.${namespace}.svc,DNS:by-hand.${namespace}.svc`);

function apiService(version: string, service: string): object {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      service: { namespace, name: service },
      caBundle: base64(pair.cert),
      groupPriorityMinimum: 1000,
      versionPriority: version === 'v1' ? 20 : 10,
    },
  };
}

function deployment(frontProxy: string): readonly object[] {
  const labels = { app: 'extension' };
  const data = { 'tls.crt': base64(pair.cert), 'tls.key': base64(pair.key), 'front-proxy.crt': base64(frontProxy) };
  const container = {
    name: 'server',
    image: 'python:3.10',
    command: ['python3', '-c', program],
    readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls', namespace }, data },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'extension', namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [container],
            volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
            terminationGracePeriodSeconds: 0,
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'behind-pods', namespace },
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'on-nodes', namespace },
      spec: { type: 'NodePort', selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
    apiService('v1', 'behind-pods'),
  ];
}

/** A Service without a selector, whose endpoint is a port of a node. */
function byHand(address: string, port: number): readonly object[] {
  const metadata = { name: 'by-hand', namespace };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 443 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'by-hand' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports: [{ name: '', port }],
    },
    apiService('v1beta1', 'by-hand'),
  ];
}

// An API server in a pod, behind an APIService, as metrics-server is.
describe('an aggregated API', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const available = (version: string, status: boolean): Promise<string> =>
    cluster.kubectl(`wait apiservice/${version}.${group} --for=condition=Available=${status} --timeout=60s`, {
      timeoutMs: 70_000,
    });
  before(async () => {
    await cluster.loadImages();
    const trust = 'get configmap extension-apiserver-authentication -n kube-system';
    const frontProxy = await cluster.jsonpath(trust, '{.data.requestheader-client-ca-file}');
    await cluster.apply(list(deployment(frontProxy)));
    await available('v1', true);
  });
  after(async () => {
    await cluster.kubectl(`delete apiservice v1.${group} v1beta1.${group} --ignore-not-found`);
    await cluster.kubectl(`delete namespace ${namespace} emptied --ignore-not-found --timeout=60s`);
  });

  test("is served as if it were the cluster's own", async () => {
    assert.match(await cluster.kubectl('get things'), /^NAME +AGE\nonly +<unknown>\n$/);
    assert.match(await cluster.kubectl('api-resources'), new RegExp(`things +${group}/v1 +true +Thing`));
  });

  test('learns who asks', async () => {
    const asked = `get things -n default --as=joe --as-group=people --as-group=system:masters`;
    const notes = await cluster.jsonpath(asked, '{.items[0].metadata.annotations}');
    assert.deepEqual(JSON.parse(notes), { user: 'joe', groups: 'people system:masters system:authenticated' });
    const { stderr } = await cluster.tryKubectl('get things -n default --as=joe');
    assert.match(stderr, /things\.things\.example\.com is forbidden: User "joe" cannot list/);
  });

  test('may stand behind endpoints made by hand', async () => {
    const node = await cluster.jsonpath(
      'get node kube-worker-1',
      '{.status.addresses[?(@.type=="InternalIP")].address}',
    );
    const port = await cluster.jsonpath(`get service on-nodes -n ${namespace}`, '{.spec.ports[0].nodePort}');
    await cluster.apply(list(byHand(node, Number(port))));
    await available('v1beta1', true);
    assert.match(await cluster.kubectl(`get things.v1beta1.${group}`), /^only /m);
    await cluster.kubectl(`delete apiservice v1beta1.${group}`);
  });

  test('that is away holds nothing up but what needs it', async () => {
    await cluster.kubectl('create namespace emptied');
    await cluster.kubectl('create configmap content -n emptied');
    await cluster.kubectl(`scale deployment extension -n ${namespace} --replicas=0`);
    await available('v1', false);
    // The container may go before its endpoint does.
    await eventually('the endpoints are missed', async () =>
      /extension\/behind-pods +False \(MissingEndpoints\)/.test(await cluster.kubectl(`get apiservice v1.${group}`)),
    );
    const { stderr } = await cluster.tryKubectl('get things');
    assert.match(stderr, /the server is currently unable to handle the request/);
    await cluster.kubectl('delete namespace emptied --wait=false');
    await eventually('the namespace is emptied, and says what it waits for', async () => {
      const failure = '{.status.conditions[?(@.type=="NamespaceDeletionDiscoveryFailure")].status}';
      const said = await cluster.jsonpath('get namespace emptied', failure);
      const left = await cluster.kubectl('get configmap content -n emptied --ignore-not-found');
      return said === 'True' && left === '';
    });
    await cluster.kubectl(`scale deployment extension -n ${namespace} --replicas=1`);
    await available('v1', true);
    await cluster.kubectl('wait namespace/emptied --for=delete --timeout=60s', { timeoutMs: 70_000 });
  });
});
