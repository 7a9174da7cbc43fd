import { readdirSync, readFileSync } from 'node:fs';
import { inNamespace } from '../../src/system/namespaces.ts';
import type { TestCluster } from './cluster.ts';
import { run } from './cluster.ts';

/**
 * A server in a pod: HTTP and UDP on each port given; the answer is its name and the client's address as it sees it.
 * Told to end, it goes on for a second, as a server must whose endpoint is only now being taken out of rules.
 */
const server = `
import asyncio, os, signal, sys
name = os.environ['NAME']
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b'\\r\\n\\r\\n')
            body = f"{name} {writer.get_extra_info('peername')[0]}\\n".encode()
            last = b'connection: close' in head.lower()
            writer.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n%s\\r\\n' % (len(body), b'Connection: close\\r\\n' if last else b'') + body)
            await writer.drain()
            if last: break
    except (asyncio.IncompleteReadError, ConnectionError): pass
    finally: writer.close()
class Udp(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, peer): self.transport.sendto(f"{name} {peer[0]}".encode(), peer)
async def main():
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    for port in sys.argv[1:]:
        await asyncio.start_server(serve, '0.0.0.0', int(port), backlog=1024)
        await loop.create_datagram_endpoint(Udp, ('0.0.0.0', int(port)))
    await end.wait()
    await asyncio.sleep(1)
asyncio.run(main())
`;

/** One UDP datagram from a fixed port, and what comes back: `udp.py ADDRESS PORT [LOCALPORT]`. */
const udpClient = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.bind(('', int(sys.argv[3]) if len(sys.argv) > 3 else 0))
try:
    s.connect((sys.argv[1], int(sys.argv[2])))
    s.send(b'x')
    print(s.recv(100).decode())
except ConnectionRefusedError: print('refused')
except TimeoutError: print('timeout')
`;

/** One connection that is kept: asks ten times a second until the file /tmp/end is there, then says how often. */
const keptClient = `
import http.client, os, sys, time
c = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=3)
c.connect()
port = c.sock.getsockname()[1]
names = set()
count = 0
while not os.path.exists('/tmp/end'):
    c.request('GET', '/')
    names.add(c.getresponse().read().decode().split()[0])
    count += 1
    open('/tmp/begun', 'w').close()
    time.sleep(0.1)
print(count, 'by', ' '.join(names), 'on the same connection' if c.sock and c.sock.getsockname()[1] == port else 'on several')
`;

/**
 * A UDP socket that stays open and asks ten times a second, until somebody else answers than at first; then says who
 * has answered, from where: `following.py KIND ADDRESS PORT NOTE`. It makes /tmp/begun-NOTE with the first answer.
 */
const followingClient = `
import os, socket, sys, time
kind, ip, port, note = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
to = (ip, port)
if kind == 'mapped':
    to = ('::ffff:' + ip, port)
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
else: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.5)
if kind.startswith('connected'): s.connect(to)
names, sources = [], set()
end = time.monotonic() + 30
while len(names) < 2 and time.monotonic() < end:
    try:
        if kind == 'connected': s.send(b'x')
        else: s.sendto(b'x', to)
        data, source = s.recvfrom(100)
        name = data.decode().split()[0]
        if name not in names: names.append(name)
        sources.add('%s:%d' % source[:2])
        open('/tmp/begun-' + note, 'w').close()
    except (TimeoutError, ConnectionRefusedError): pass
    time.sleep(0.1)
print(kind + ':', *names, 'from', *sorted(sources))
`;

const indent = (text: string): string => text.replaceAll(/^/gm, '    ');

/** The programs, as a ConfigMap that pods mount at /programs. */
export function programs(label: string): string {
  return `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${label}-programs, labels: { test: ${label} } }
data:
  server.py: |${indent(server)}
  udp.py: |${indent(udpClient)}
  kept.py: |${indent(keptClient)}
  following.py: |${indent(followingClient)}`;
}

export interface PodOptions {
  readonly label: string;
  readonly name: string;
  readonly node: string;
  /** Ports that it serves; none for a client. `web` is the name of the first. */
  readonly ports?: readonly number[];
  /** More of the pod's spec, as YAML flow entries. */
  readonly spec?: string;
}

/** A pod that serves, or one that only waits for commands. */
export function podManifest({ label, name, node, ports = [], spec }: PodOptions): string {
  const [first] = ports;
  const command =
    first === undefined
      ? `[sleep, "${sleepSeconds(name)}"]`
      : `[python3, /programs/server.py, ${ports.map((port) => `"${port}"`).join(', ')}]`;
  const serving =
    first === undefined
      ? ''
      : `, ports: [{ name: web, containerPort: ${first} }], readinessProbe: { tcpSocket: { port: ${first} }, periodSeconds: 1 }`;
  return `
---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { test: ${label}, app: ${first === undefined ? 'client' : `${label}-server`}, pod: ${name} } }
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: ${first === undefined ? 0 : 5}
  ${spec ?? ''}
  volumes: [{ name: programs, configMap: { name: ${label}-programs } }]
  containers: [{ name: main, image: "python:3.10", command: ${command}, env: [{ name: NAME, value: ${name} }], volumeMounts: [{ name: programs, mountPath: /programs }]${serving} }]`;
}

/** A number of seconds that no other process sleeps for, by which the pod's process is found. */
function sleepSeconds(name: string): number {
  return 90_000_000 + Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 1_000_000, 0);
}

/** The command, run by the machine inside the network namespace of a waiting pod. */
export function inPod(name: string, argv: readonly string[]): readonly string[] {
  const wanted = `sleep\0${sleepSeconds(name)}\0`;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8') === wanted)
        return ['nsenter', `--net=/proc/${pid}/ns/net`, ...argv];
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`pod ${name} has no process here`);
}

/** Where a request comes from: a pod by its name, a node as `node 1`, or the machine itself, `host`. */
export type Place = string;

/** Runs a command at a place, however it ends. */
export async function runAt(cluster: TestCluster, place: Place, argv: readonly string[]): ReturnType<typeof run> {
  const [kind, number] = place.split(' ');
  if (place === 'host') return run(argv);
  if (kind === 'node') return run(inNamespace(`cox-${cluster.name}-${number}`, argv));
  return cluster.tryKubectl(['exec', place, '--', ...argv]);
}

/** What curl gets there: the answer, `refused`, `timeout`, or its exit code. */
export async function ask(cluster: TestCluster, place: Place, to: string): Promise<string> {
  const { stdout, stderr, exitCode } = await runAt(cluster, place, [
    'curl',
    '--silent',
    '--show-error',
    '--max-time',
    '3',
    to,
  ]);
  if (exitCode === 0) return stdout.trim();
  const code = /\((\d+)\)/.exec(stderr)?.[1] ?? String(exitCode);
  return { '7': 'refused', '28': 'timeout' }[code] ?? `curl ${code}`;
}

/** The answers at several places, asked at once. */
export async function askAll(
  cluster: TestCluster,
  to: string,
  places: readonly Place[],
): Promise<Readonly<Record<Place, string>>> {
  return Object.fromEntries(await Promise.all(places.map(async (place) => [place, await ask(cluster, place, to)])));
}
