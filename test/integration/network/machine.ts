import { mkdir, rm } from 'node:fs/promises';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ClusterNetwork } from '../../../src/network/layout.ts';
import { exec } from '../../../src/system/exec.ts';
import { inNamespace } from '../../../src/system/namespaces.ts';

/** Why tests that make namespaces cannot run here; undefined where they can. */
export function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const tool of ['ip', 'nft', 'nsenter']) {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    } catch {
      return `needs ${tool}`;
    }
  }
  return undefined;
}

/** The network of a test's cluster; ports are none that a real one uses. */
export function testNetwork(cluster: string, subnet: string, extra: Partial<ClusterNetwork> = {}): ClusterNetwork {
  return {
    cluster,
    subnet,
    nodes: [1, 2],
    podRange: '10.233.64.0/18',
    serviceRange: '10.233.0.0/18',
    dnsAddress: '10.233.0.3',
    isolated: true,
    publish: { api: 16443, http: 18080, https: 18443, nodePorts: { from: 30000, to: 32767 } },
    ...extra,
  };
}

/** The host's network as text: what a teardown must leave as it was. */
export async function hostPicture(): Promise<string> {
  const commands = [
    ['ip', '-d', 'link'],
    ['ip', 'route', 'show', 'table', 'all'],
    ['ip', 'address'],
    ['nft', 'list', 'ruleset'],
    ['cat', '/proc/mounts'],
    ['sh', '-c', 'ls /run/netns 2>/dev/null || true'],
    ['sh', '-c', 'cat /proc/sys/net/ipv4/conf/*/forwarding'],
  ];
  const parts = await Promise.all(commands.map((argv) => exec(argv)));
  const text = parts.map(({ stdout }) => stdout).join('\n---\n');
  // Lifetimes and timers run on, and other tests' namespaces come and go beside this one's.
  return text
    .split('\n')
    .filter((line) => !/valid_lft|netns/.test(line))
    .map((line) => line.replaceAll(/\b\w+_timer +[0-9.]+/g, ''))
    .join('\n');
}

/** A folder in memory for a test's state. */
export async function stateDirectory(name: string): Promise<string> {
  const path = `/dev/shm/${name}-${process.pid}`;
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return path;
}

const server = `
const net = require('node:net'), dgram = require('node:dgram');
const [name, address, ...ports] = process.argv.slice(1);
for (const port of ports) {
  net.createServer((s) => { s.on('error', () => {}); s.on('data', () => s.write(name + ' ' + s.remoteAddress + '\\n')); })
    .listen(+port, address);
  const u = dgram.createSocket('udp4');
  u.on('message', (_, from) => u.send(name + ' ' + from.address, from.port, from.address));
  u.bind(+port, address);
}
setTimeout(() => console.log('up'), 20);
`;

const client = `
const net = require('node:net'), dgram = require('node:dgram');
const [protocol, ip, port, localPort] = process.argv.slice(1);
const done = (text) => { console.log(text); process.exit(0); };
setTimeout(() => done('timeout'), 1500);
if (protocol === 'TCP') {
  const s = net.connect(+port, ip, () => s.write('x'));
  s.on('error', (e) => done(e.code));
  s.on('data', (d) => done(String(d).trim()));
} else {
  const u = dgram.createSocket('udp4');
  u.on('error', (e) => done(e.code));
  u.on('message', (d) => done(String(d)));
  u.bind(+(localPort || 0), () => u.connect(+port, ip, () => u.send('x')));
}
`;

/** Namespaces with servers and clients in them; `close` ends and removes all. */
export class TestMachine {
  readonly #children: ChildProcess[] = [];
  readonly #pods: string[] = [];

  /** A pod: a namespace with a routed link of its own into a node's, as the ptp plugin makes it. */
  async pod(name: string, node: string, ip: string): Promise<string> {
    const namespace = `t-net-${name}`;
    const gateway = `${ip.slice(0, ip.lastIndexOf('.'))}.1`;
    await exec(['ip', 'netns', 'add', namespace]);
    this.#pods.push(namespace);
    const link = `v${name}`.slice(0, 15);
    const inNode = inNamespace(node, [
      'sh',
      '-ec',
      [
        `ip link add ${link} type veth peer name eth0 netns ${namespace}`,
        `ip address add ${gateway}/32 dev ${link}`,
        `ip link set ${link} up`,
        `ip route add ${ip}/32 dev ${link}`,
      ].join('\n'),
    ]);
    await exec(inNode);
    const inPod = [
      'ip link set lo up',
      `ip address add ${ip}/32 dev eth0`,
      'ip link set eth0 up',
      `ip route add ${gateway}/32 dev eth0`,
      `ip route add default via ${gateway}`,
    ].join('\n');
    await exec(inNamespace(namespace, ['sh', '-ec', inPod]));
    return namespace;
  }

  /** Serves TCP and UDP on ports of a namespace, or of one address of the host: the answer is the server's name and the client's address as it sees it. */
  async serve(
    where: string | { readonly hostAddress: string },
    name: string,
    ...ports: readonly number[]
  ): Promise<ChildProcess> {
    const address = typeof where === 'string' ? '0.0.0.0' : where.hostAddress;
    const argv = ['node', '-e', server, name, address, ...ports.map(String)];
    const [file = '', ...rest] = typeof where === 'string' ? inNamespace(where, argv) : argv;
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  /** One request: the answer, an error code, or `timeout`. */
  async ask(
    namespace: string | undefined,
    to: string,
    options: { readonly protocol?: 'TCP' | 'UDP'; readonly localPort?: number } = {},
  ): Promise<string> {
    const [ip = '', port = ''] = to.split(':');
    const local = options.localPort === undefined ? [] : [String(options.localPort)];
    const argv = ['node', '-e', client, options.protocol ?? 'TCP', ip, port, ...local];
    const { stdout } = await exec(namespace === undefined ? argv : inNamespace(namespace, argv));
    return stdout.trim();
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    for (const namespace of this.#pods) await exec(['ip', 'netns', 'delete', namespace]);
  }
}
