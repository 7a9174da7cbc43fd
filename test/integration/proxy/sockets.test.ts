import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { endpointSlices, services } from '../../../src/api/resources.ts';
import { createInformerFactory } from '../../../src/client/informer-factory.ts';
import type { FakeClient } from '../../../src/client/testing/fake-client.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { findFreeSubnet, setUpNetwork } from '../../../src/network/set-up.ts';
import { teardownNetwork } from '../../../src/network/teardown/teardown.ts';
import { NftablesApplier } from '../../../src/proxy/nftables/applier.ts';
import { startProxy } from '../../../src/proxy/proxy.ts';
import type { DataPlane } from '../../../src/proxy/socket/balancer.ts';
import { findUnifiedCgroup, SocketBalancer } from '../../../src/proxy/socket/balancer.ts';
import { HelperClient } from '../../../src/proxy/helper/client.ts';
import { testEndpoint, testService, testSlice } from '../../../src/proxy/testing/objects.ts';
import { exec } from '../../../src/system/exec.ts';
import { inNamespace } from '../../../src/system/namespaces.ts';
import { stateDirectory, TestMachine, testNetwork, whyNotHere } from '../network/machine.ts';

const cluster = 't-net-s';
const [one, two] = [`cox-${cluster}-1`, `cox-${cluster}-2`];
const mount = '/run/cox-t-net-s-bpf';
const pins = `${mount}/node-1`;
const machine = new TestMachine();
let [directory, subnet, podOne, podTwo] = ['', '', '', ''];
let client: FakeClient;
let stop = new AbortController();
let running: Promise<unknown> = Promise.resolve();
let plane: DataPlane | undefined;
const planes: DataPlane[] = [];
const at = (host: number): string => subnet.replace('.0/24', `.${host}`);

async function start(): Promise<void> {
  stop = new AbortController();
  plane = undefined;
  const { signal } = stop;
  const logger = pino({ level: 'silent' });
  running = startProxy(
    {
      informers: createInformerFactory(client, { signal }),
      nodeName: 'node-1',
      nodeAddresses: [at(11)],
      podRange: '10.233.64.0/18',
      serviceRanges: ['10.233.0.0/18'],
      localAddresses: ['10.233.0.3'],
      gatewayAddresses: [at(1)],
      runDirectory: directory,
      logger,
      applier: new NftablesApplier({ directory, namespace: one }),
      forgetFlows: async () => await Promise.resolve([]),
      checkIntervalMs: 500,
      sockets: new SocketBalancer({
        directory: pins,
        logger,
        onChange: (next) => {
          plane = next;
          planes.push(next);
        },
        namespacePrefix: 't-net-',
        nodeNamespace: one,
      }),
    },
    signal,
  );
  await until('a data plane', () => plane !== undefined);
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail(`waited in vain for ${what}`);
}

/** One unconnected UDP socket of a family that asks several addresses in turn: `FAMILY IP:PORT…`. */
const udpTour = `
const [family, ...tour] = process.argv.slice(1);
const u = require('node:dgram').createSocket(family);
setTimeout(() => { console.log('timeout'); process.exit(); }, 15000);
const next = () => {
  const to = tour.shift();
  if (to === undefined) process.exit();
  const at = to.lastIndexOf(':');
  u.send('x', +to.slice(at + 1), to.slice(0, at));
};
u.on('message', (d, from) => { console.log(String(d) + ' from ' + from.address + ':' + from.port); next(); });
next();
`;

/** A client that keeps one unconnected UDP socket, asks so many times, after each line of input, and says who answered as it sees it. */
const udpClient = `
const u = require('node:dgram').createSocket('udp4');
const [ip, port, count] = process.argv.slice(1);
let left = +count;
setTimeout(() => { console.log('timeout'); process.exit(); }, 15000);
const ask = () => u.send('x', +port, ip);
u.on('message', (d, from) => {
  console.log(String(d) + ' from ' + from.address + ':' + from.port);
  if (--left === 0) process.exit();
  process.stdin.once('data', ask);
});
ask();
`;

const tcpClient = `
const [ip, port] = process.argv.slice(1);
const s = require('node:net').connect(+port, ip, () => { s.write('x'); });
s.on('error', (e) => console.log(e.code));
s.on('data', (d) => { console.log(String(d).trim() + ' from ' + s.remoteAddress + ':' + s.remotePort); process.exit(); });
`;

/** The helper of the proxy that runs in this process; waits for one that is just being replaced. */
async function helperPid(): Promise<number> {
  let pid: number | undefined;
  await until('a helper', () => {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
    pid = children.find((child) => {
      try {
        return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('/proxy/helper/helper.ts');
      } catch {
        // It has just ended.
        return false;
      }
    });
    return pid !== undefined;
  });
  return pid ?? 0;
}

async function inPod(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await exec(inNamespace(podOne, ['node', '-e', program, ...args]), { timeoutMs: 20_000 });
  return stdout.trim();
}

describe('sockets of pods', { skip: whyNotHere() ?? false }, () => {
  before(async () => {
    directory = await stateDirectory('t-net-sockets');
    subnet = await findFreeSubnet(['10.233.64.0/18', '10.233.0.0/18']);
    await mkdir(mount, { recursive: true });
    await exec(['mount', '-t', 'bpf', 'cox-test', mount]);
    const podRoutes = new Map([
      [1, [{ podRange: '10.233.65.0/24', nodeAddress: at(12) }]],
      [2, [{ podRange: '10.233.64.0/24', nodeAddress: at(11) }]],
    ]);
    await setUpNetwork(testNetwork(cluster, subnet), { stateDirectory: directory, podRoutes });
    [podOne, podTwo] = [await machine.pod('s1', one, '10.233.64.7'), await machine.pod('s2', two, '10.233.65.7')];
    await Promise.all([machine.serve(podOne, 'first', 8080), machine.serve(podTwo, 'second', 8080)]);
    client = createFakeClient();
    await start();
  });

  after(async () => {
    stop.abort();
    await running;
    await machine.close();
    await teardownNetwork({ cluster, subnet, stateDirectory: directory });
    await rm(pins, { recursive: true, force: true });
    await exec(['umount', mount]);
    await rmdir(mount);
    await rm(directory, { recursive: true, force: true });
  });

  const [first, second] = [testEndpoint('10.233.64.7'), testEndpoint('10.233.65.7')];
  const put = (endpoints: Parameters<typeof testSlice>[0], protocol: 'TCP' | 'UDP' = 'TCP', port = 80): void => {
    client.seed(endpointSlices, testSlice(endpoints, { ports: [{ name: '', port: 8080, protocol }] }));
    client.seed(services, testService({ ports: [{ port, protocol }] }));
  };

  test('a pod is led to an endpoint by its socket and sees the Service; a pod that asks itself sees its own address', async () => {
    assert.equal(plane?.plane, 'sockets', plane?.why);
    put([second]);
    await until('the Service', async () => (await inPod(tcpClient, '10.233.0.10', '80')).startsWith('second'));
    assert.equal(await inPod(tcpClient, '10.233.0.10', '80'), 'second 10.233.64.7 from 10.233.0.10:80');
    assert.equal(await inPod(tcpClient, '10.233.65.7', '8080'), 'second 10.233.64.7 from 10.233.65.7:8080');
    put([first]);
    // nftables would show the node's address: it must masquerade.
    await until('its own address', async () => {
      return (await inPod(tcpClient, '10.233.0.10', '80')) === 'first 10.233.64.7 from 10.233.0.10:80';
    });
  });

  test('without endpoints, and at a port of no Service, a pod is refused at once', async () => {
    put([]);
    await until('refusal', async () => (await inPod(tcpClient, '10.233.0.10', '80')) === 'ECONNREFUSED');
    assert.equal(await inPod(tcpClient, '10.233.0.10', '81'), 'ECONNREFUSED');
  });

  test('an unconnected UDP socket sees the Service answer', async () => {
    put([second], 'UDP', 53);
    await until('UDP', async () => {
      return (await inPod(udpClient, '10.233.0.10', '53', '1')) === 'second 10.233.64.7 from 10.233.0.10:53';
    });
  });

  test('IPv6 sockets that ask for IPv4 addresses see the Service too, by TCP and UDP', async () => {
    put([second]);
    const mapped = '::ffff:10.233.0.10';
    await until('the Service', async () => (await inPod(tcpClient, mapped, '80')).startsWith('second'));
    assert.equal(await inPod(tcpClient, mapped, '80'), `second 10.233.64.7 from ${mapped}:80`);
    put([first]);
    // Masqueraded by nftables it would be the node's address.
    await until('its own address', async () => {
      return (await inPod(tcpClient, mapped, '80')) === `first 10.233.64.7 from ${mapped}:80`;
    });
    put([second], 'UDP', 53);
    await until('UDP', async () => {
      return (await inPod(udpTour, 'udp6', `${mapped}:53`)) === `second 10.233.64.7 from ${mapped}:53`;
    });
  });

  test('one UDP socket, one endpoint, several addresses: each answer bears the one that was asked', async () => {
    put([second], 'UDP', 53);
    const twin = { name: 'twin', namespace: 'default' };
    client.seed(services, testService({ clusterIP: '10.233.0.20', ports: [{ port: 53, protocol: 'UDP' }] }, twin));
    client.seed(
      endpointSlices,
      testSlice([second], { service: 'twin', name: 'twin', ports: [{ name: '', port: 8080, protocol: 'UDP' }] }),
    );
    const asked = ['10.233.0.10:53', '10.233.0.20:53', '10.233.65.7:8080'];
    for (const to of asked) {
      await until(to, async () => (await inPod(udpTour, 'udp4', to)) === `second 10.233.64.7 from ${to}`);
    }
    const rounds = [...asked, ...asked.toReversed(), ...asked];
    const answers = (await inPod(udpTour, 'udp4', ...rounds)).split('\n');
    assert.deepEqual(
      answers.map((answer) => answer.split(' from ')[1]),
      rounds,
    );
    await client.delete(services, twin);
  });

  test('sockets stay balanced without a proxy and without rules, for the pods of the node alone', async () => {
    put([second]);
    await until('the Service', async () => (await inPod(tcpClient, '10.233.0.10', '80')).startsWith('second'));
    stop.abort();
    await running;
    await exec(inNamespace(one, ['nft', 'delete', 'table', 'ip', 'cox-proxy']));
    assert.equal(await inPod(tcpClient, '10.233.0.10', '80'), 'second 10.233.64.7 from 10.233.0.10:80');
    for (const elsewhere of [one, podTwo, two]) {
      assert.doesNotMatch(await machine.ask(elsewhere, '10.233.0.10:80'), /second/, 'no pod of this node');
    }
    assert.equal(await machine.ask(undefined, '10.233.0.10:80'), 'ENETUNREACH');
    await start();
    assert.match(await machine.ask(one, '10.233.0.10:80'), /second/);
  });

  /** The inodes of what is pinned: they change where a pin is made anew. */
  const pinned = (): string => {
    const names = readdirSync(`${pins}/v2`).toSorted();
    return names.map((name) => `${name} ${statSync(`${pins}/v2/${name}`).ino}`).join();
  };
  const fromItself = 'first 10.233.64.7 from 10.233.0.10:80';
  /** What a pod that asks itself is told, by its socket; rules would show the node's address. */
  const untilSocketsServe = (): Promise<void> =>
    until('the socket plane', async () => (await inPod(tcpClient, '10.233.0.10', '80')) === fromItself);

  test('a helper that is killed is replaced, over the same maps; the plane never changes', async () => {
    put([first]);
    await untilSocketsServe();
    const [before, reports] = [pinned(), planes.length];
    for (const next of [second, first]) {
      process.kill(await helperPid(), 'SIGKILL');
      // Nothing waits for the helper's end: the sync finds it dying, or dead.
      put([next]);
      const name = next === first ? 'first' : 'second';
      await until(name, async () => (await inPod(tcpClient, '10.233.0.10', '80')).startsWith(`${name} 10.233.64.7`));
    }
    assert.deepEqual([pinned(), planes.slice(reports)], [before, []]);
  });

  test('the next proxy takes maps over as they serve, and mends what is stale; damage is mended without one', async () => {
    put([first]);
    await untilSocketsServe();
    stop.abort();
    await running;
    const before = pinned();
    put([second]);
    assert.equal(await inPod(tcpClient, '10.233.0.10', '80'), fromItself, 'as it was, until somebody knows better');
    await start();
    await until('the new endpoint', async () => (await inPod(tcpClient, '10.233.0.10', '80')).startsWith('second'));
    put([first]);
    await untilSocketsServe();
    const vandal = new HelperClient();
    await vandal.ask({ do: 'open', directory: `${pins}/v2`, cgroup: findUnifiedCgroup() });
    for (const map of ['backends', 'services', 'clients'] as const) {
      const entries = (await vandal.ask({ do: 'read', map })) as [Uint8Array, Uint8Array][];
      await vandal.ask({ do: 'change', changes: entries.map(([key]) => ({ map, key })) });
      await untilSocketsServe();
    }
    vandal.close();
    assert.equal(pinned(), before);
  });

  test('where one node cannot sync, it alone is left to nftables', async () => {
    const ofOther: DataPlane[] = [];
    const other = new SocketBalancer({
      directory: `${mount}/node-2`,
      logger: pino({ level: 'silent' }),
      onChange: (next) => ofOther.push(next),
      namespacePrefix: 't-net-',
      nodeNamespace: two,
    });
    await other.sync(true);
    assert.deepEqual([ofOther.at(-1)?.plane, existsSync(`${mount}/node-2/v2`)], ['sockets', true], ofOther.at(-1)?.why);
    other.set('default/broken', new Map([['10.233.0.99 6 80', [{ ip: 'not an address', port: 1 }]]]));
    await other.sync(false);
    await other.close();
    assert.deepEqual([ofOther.at(-1)?.plane, existsSync(`${mount}/node-2/v2`)], ['nftables', false]);
    put([first]);
    await until('the socket plane of the other', async () => {
      return (await inPod(tcpClient, '10.233.0.10', '80')) === 'first 10.233.64.7 from 10.233.0.10:80';
    });
  });

  test('without their pins programs are gone, and nftables serves', async () => {
    stop.abort();
    await running;
    await rm(pins, { recursive: true });
    assert.ok(!existsSync(pins));
    put([first]);
    await start();
    stop.abort();
    await running;
    await rm(pins, { recursive: true });
    assert.equal(await inPod(tcpClient, '10.233.0.10', '80'), 'first 10.233.64.1 from 10.233.0.10:80');
  });
});
