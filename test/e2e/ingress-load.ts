import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { testSecret } from '../../src/ingress/testing/objects.ts';

const server = `
import socketserver
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            line, upgrade, close = self.rfile.readline(), False, False
            if not line: return
            while True:
                header = self.rfile.readline().lower().strip()
                if not header: break
                upgrade = upgrade or header.startswith(b"upgrade:")
                close = close or header == b"connection: close"
            if upgrade:
                self.wfile.write(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n")
                while True:
                    data = self.request.recv(4096)
                    if not data: return
                    self.request.sendall(data)
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
            if close: return
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 1024
Server(("", 5000), Handler).serve_forever()
`;

/** A Deployment, its Service and its Ingress. As process 1 without a handler, Python serves on until its grace ends. */
export const workload = (name: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 3
      containers:
        - name: web
          image: "python:3.10"
          command: [python3, -c, ${JSON.stringify(server)}]
          readinessProbe: { tcpSocket: { port: 5000 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 5000 }] }
---
${rule(name, name)}`;

/** An Ingress for NAME.example that leads to a Service; a time limit that no other has makes nginx reload. */
export function rule(name: string, service: string, timeoutSeconds = 60): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, annotations: { nginx.ingress.kubernetes.io/proxy-read-timeout: "${timeoutSeconds}", nginx.ingress.kubernetes.io/ssl-redirect: "false" } }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [${name}.example], secretName: tls }]
  rules: [{ host: ${name}.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ${service}, port: { number: 80 } } } }] } }]
`;
}

/** The Secret that all of them show, with another key each time. */
export const secret = (): string =>
  JSON.stringify({ ...testSecret('tls'), metadata: { name: 'tls', namespace: 'default' } });

/** Asks through Ingress at a steady rate, on kept connections. */
export class SteadyLoad {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** Connections that have had an answer. Node's own `reusedSocket` leaves out those that a waiting request takes over. */
  readonly #used = new WeakSet<Socket>();
  /** How often a kept connection was closed just when it was used again, and the request went out anew. */
  retried = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * The status of an answer, or what went wrong. A server may close an idle connection at any time, so clients ask once
   * more where that met their request (RFC 9112, 9.3.1), as browsers, curl and Go do by themselves and Node does not.
   */
  ask(host: string): Promise<string> {
    return new Promise((resolve) => {
      // nginx tries two endpoints for 5 s each.
      const options = { host: '127.0.0.1', port: this.#port, headers: { host }, agent: this.#agent, timeout: 15_000 };
      const sent = request(options, (answer) => {
        answer.on('error', (error) => resolve(error.message));
        answer.resume().on('end', () => {
          if (own !== undefined) this.#used.add(own);
          resolve(String(answer.statusCode));
        });
      });
      let own: Socket | undefined;
      let isReused = false;
      sent.on('socket', (socket: Socket) => {
        own = socket;
        isReused = this.#used.has(socket);
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (!isReused || (error.code !== 'ECONNRESET' && error.code !== 'EPIPE')) return resolve(error.message);
        this.retried += 1;
        void this.ask(host).then(resolve);
      });
      sent.end();
    });
  }

  /** Keeps asking for a host while `work` goes on; how often each answer came. */
  async during(host: string, rate: number, work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const start = performance.now();
    const open: Promise<unknown>[] = [];
    const timer = setInterval(() => {
      for (const due = ((performance.now() - start) / 1000) * rate; open.length < due;)
        open.push(this.ask(host).then((answer) => counts.set(answer, (counts.get(answer) ?? 0) + 1)));
    }, 10);
    await work().finally(() => clearInterval(timer));
    await Promise.all(open);
    return counts;
  }

  end(): void {
    this.#agent.destroy();
  }
}

/** An upgraded connection through Ingress, to the Service `steady`, which sends back what it gets. */
export class Stream {
  readonly #socket: Socket;
  received = '';
  broken: string | undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk) => {
      this.received += chunk.toString();
    });
    this.#socket.on('error', (error) => (this.broken = error.message));
    this.#socket.on('close', () => (this.broken ??= 'closed'));
    this.write('GET / HTTP/1.1\r\nHost: steady.example\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  end(): void {
    this.#socket.destroy();
  }
}
