import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
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
import { SocketBalancer } from '../../../src/proxy/socket/balancer.ts';
import { testEndpoint, testService, testSlice } from '../../../src/proxy/testing/objects.ts';
import { exec } from '../../../src/system/exec.ts';
import { inNamespace } from '../../../src/system/namespaces.ts';
import { stateDirectory, TestMachine, testNetwork, whyNotHere } from '../network/machine.ts';

const cluster = 't-net-s';
const [one, two] = [`cox-${cluster}-1`, `cox-${cluster}-2`];
const pins = '/run/cox-t-net-s-bpf';
const machine = new TestMachine();
let [directory, subnet, podOne, podTwo] = ['', '', '', ''];
let client: FakeClient;
let stop = new AbortController();
let running: Promise<unknown> = Promise.resolve();
let plane: DataPlane | undefined;
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
      sockets: new SocketBalancer({
        directory: pins,
        node: 1,
        logger,
        onChange: (next) => (plane = next),
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

async function inPod(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await exec(inNamespace(podOne, ['node', '-e', program, ...args]), { timeoutMs: 20_000 });
  return stdout.trim();
}

describe('sockets of pods', { skip: whyNotHere() ?? false }, () => {
  before(async () => {
    directory = await stateDirectory('t-net-sockets');
    subnet = await findFreeSubnet(['10.233.64.0/18', '10.233.0.0/18']);
    await mkdir(pins, { recursive: true });
    await exec(['mount', '-t', 'bpf', 'cox-test', pins]);
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
    await rm(`${pins}/v1`, { recursive: true, force: true });
    await exec(['umount', pins]);
    await rmdir(pins);
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

  test('without their pins programs are gone, and nftables serves', async () => {
    stop.abort();
    await running;
    await rm(`${pins}/v1`, { recursive: true });
    assert.ok(!existsSync(`${pins}/v1`));
    put([first]);
    await start();
    stop.abort();
    await running;
    await rm(`${pins}/v1`, { recursive: true });
    assert.equal(await inPod(tcpClient, '10.233.0.10', '80'), 'first 10.233.64.1 from 10.233.0.10:80');
  });
});
