import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Browser, whyNoBrowser } from './browser.ts';
import { eventually, ports, run, useCluster, whyNotHere } from './cluster.ts';
import { secret } from './ingress-load.ts';

const host = 'browser.example';

// A browser is what Ingress is for: it insists on certificates, speaks HTTP/2 and opens WebSockets.
describe('a browser', { skip: whyNotHere() ?? whyNoBrowser() ?? false }, () => {
  const cluster = useCluster();
  const remove = 'delete deployment,service,ingress,secret -l test=browser --ignore-not-found --wait=true';
  const withLabel = (): { readonly text: string; readonly key: string } => {
    const object = JSON.parse(secret()) as { metadata: object; data: Record<string, string> };
    const pem = Buffer.from(object.data['tls.crt'] ?? '', 'base64');
    const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
    object.metadata = { name: 'browser', namespace: 'default', labels: { test: 'browser' } };
    return { text: JSON.stringify(object), key: createHash('sha256').update(spki).digest('base64') };
  };
  let browser: Browser | undefined;
  before(async () => {
    const { text, key } = withLabel();
    await cluster.apply(text);
    await cluster.apply(workload);
    await cluster.kubectl('rollout status deployment/browser --timeout=90s');
    const address = `https://${host}:${ports.https}/`;
    await eventually('the page', async () => {
      const argv = ['curl', '-ks', '--max-time', '5', '--resolve', `${host}:${ports.https}:127.0.0.1`, address];
      return (await run(argv)).stdout.includes('<title>');
    });
    browser = new Browser({ host, trustedKey: key });
  });
  after(async () => {
    await browser?.close();
    await cluster.kubectl(remove);
  });

  test('opens an HTTPS host with the certificate of its Secret, over HTTP/2', { timeout: 60_000 }, async () => {
    // Any other certificate would end in an error: only this key is trusted.
    const seen = await browser?.evaluate(
      `https://${host}:${ports.https}/`,
      `new Promise((resolve) => {
        const look = () => resolve([document.title, performance.getEntriesByType('navigation')[0]?.nextHopProtocol]);
        if (document.readyState === 'complete') look(); else addEventListener('load', look);
      })`,
    );
    assert.deepEqual(seen, ['through Ingress', 'h2']);
  });

  test('opens a WebSocket through it, and gets back what it sends', { timeout: 60_000 }, async () => {
    const echo = await browser?.evaluate(
      `https://${host}:${ports.https}/`,
      `new Promise((resolve) => {
        const socket = new WebSocket('wss://${host}:${ports.https}/socket');
        socket.onopen = () => socket.send('hello');
        socket.onmessage = ({ data }) => { resolve(data); socket.close(); };
        socket.onclose = ({ code }) => resolve('closed with ' + code);
      })`,
    );
    assert.equal(echo, 'hello');
  });
});

const server = `
import base64, hashlib, http.server, struct
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        key = self.headers.get("Sec-WebSocket-Key")
        if key is None:
            page = b"<!doctype html><title>through Ingress</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        proof = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(proof).decode())
        self.end_headers()
        head = self.rfile.read(2)
        mask = self.rfile.read(4)
        text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(head[1] & 127)))
        self.wfile.write(struct.pack("BB", 0x81, len(text)) + text)
        self.rfile.read(2)
        self.close_connection = True
http.server.ThreadingHTTPServer(("", 5000), Handler).serve_forever()
`;
const workload = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: browser, labels: { test: browser } }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [${host}], secretName: browser }]
  rules: [{ host: ${host}, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: browser, port: { number: 80 } } } }] } }]
---
apiVersion: v1
kind: Service
metadata: { name: browser, labels: { test: browser } }
spec: { selector: { app: browser }, ports: [{ port: 80, targetPort: 5000 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: browser, labels: { test: browser } }
spec:
  selector: { matchLabels: { app: browser } }
  template:
    metadata: { labels: { app: browser } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: "python:3.10"
          command: [python3, -c, ${JSON.stringify(server)}]
          readinessProbe: { tcpSocket: { port: 5000 }, periodSeconds: 1 }
`;
