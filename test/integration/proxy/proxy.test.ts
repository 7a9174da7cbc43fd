import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Service } from '../../../src/api/core/service.schema.ts';
import type { EndpointSlice } from '../../../src/api/discovery/endpoint-slice.schema.ts';
import { endpointSlices, services } from '../../../src/api/resources.ts';
import { createInformerFactory } from '../../../src/client/informer-factory.ts';
import type { FakeClient } from '../../../src/client/testing/fake-client.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { findFreeSubnet, setUpNetwork } from '../../../src/network/set-up.ts';
import { teardownNetwork } from '../../../src/network/teardown/teardown.ts';
import { HelperClient } from '../../../src/proxy/helper/client.ts';
import { NftablesApplier } from '../../../src/proxy/nftables/applier.ts';
import { forgetStaleFlows } from '../../../src/proxy/nftables/conntrack.ts';
import { startProxy } from '../../../src/proxy/proxy.ts';
import { testEndpoint, testService, testSlice } from '../../../src/proxy/testing/objects.ts';
import { exec } from '../../../src/system/exec.ts';
import { inNamespace } from '../../../src/system/namespaces.ts';
import { stateDirectory, TestMachine, testNetwork, whyNotHere } from '../network/machine.ts';

const skip = whyNotHere() ?? false;
const cluster = 't-net-p';
const [one, two] = [`cox-${cluster}-1`, `cox-${cluster}-2`];
const machine = new TestMachine();
const helper = new HelperClient();
let directory = '';
let subnet = '';
let podOne = '';
let podTwo = '';
let client: FakeClient;
let stop = new AbortController();
let running: Promise<unknown> = Promise.resolve();
const at = (host: number): string => subnet.replace('.0/24', `.${host}`);

function startBoth(checkIntervalMs = 60_000): void {
  stop = new AbortController();
  const { signal } = stop;
  const informers = createInformerFactory(client, { signal });
  running = Promise.all(
    [one, two].map((namespace, index) =>
      startProxy(
        {
          informers,
          nodeName: `node-${index + 1}`,
          nodeAddresses: [at(11 + index)],
          podRange: '10.233.64.0/18',
          serviceRanges: ['10.233.0.0/18'],
          localAddresses: ['10.233.0.3'],
          gatewayAddresses: [at(1)],
          runDirectory: directory,
          logger: pino({ level: 'silent' }),
          applier: new NftablesApplier({ directory, namespace, helper }),
          forgetFlows: (expectation) => forgetStaleFlows(expectation, namespace),
          checkIntervalMs,
        },
        signal,
      ),
    ),
  );
}

const put = (service: Service, ...slices: readonly EndpointSlice[]): void => {
  for (const slice of slices) client.seed(endpointSlices, slice);
  client.seed(services, service);
};
/** Long enough for both proxies to notice, plan and apply. */
const settle = (): Promise<void> => sleep(150);

describe('Service proxy', { skip }, () => {
  before(async () => {
    directory = await stateDirectory('t-net-proxy');
    subnet = await findFreeSubnet(['10.233.64.0/18', '10.233.0.0/18']);
    const podRoutes = new Map([
      [1, [{ podRange: '10.233.65.0/24', nodeAddress: at(12) }]],
      [2, [{ podRange: '10.233.64.0/24', nodeAddress: at(11) }]],
    ]);
    await setUpNetwork(testNetwork(cluster, subnet), { stateDirectory: directory, podRoutes });
    [podOne, podTwo] = [await machine.pod('p1', one, '10.233.64.7'), await machine.pod('p2', two, '10.233.65.7')];
    await Promise.all([machine.serve(podOne, 'first', 8080), machine.serve(podTwo, 'second', 8080)]);
    client = createFakeClient();
    startBoth();
    await settle();
  });

  after(async () => {
    stop.abort();
    await running;
    helper.close();
    await machine.close();
    await teardownNetwork({ cluster, subnet, stateDirectory: directory });
    await rm(directory, { recursive: true, force: true });
  });

  const first = testEndpoint('10.233.64.7');
  const second = testEndpoint('10.233.65.7');

  /** Asks from each client at once; the answers by client. */
  async function askAll(
    to: string,
    clients: readonly (keyof typeof places)[],
    protocol: 'TCP' | 'UDP' = 'TCP',
  ): Promise<Record<string, string>> {
    const answers = clients.map(async (name) => [name, await machine.ask(places[name](), to, { protocol })]);
    return Object.fromEntries(await Promise.all(answers)) as Record<string, string>;
  }

  const places = {
    'pod 1': () => podOne,
    'pod 2': () => podTwo,
    'node 1': () => one,
    'node 2': () => two,
    host: () => undefined,
  };

  test(
    'a Service answers pods and nodes, keeps their address, and masquerades a pod that asks itself',
    { skip },
    async () => {
      put(testService(), testSlice([second]));
      await settle();
      assert.deepEqual(await askAll('10.233.0.10:80', ['pod 1', 'pod 2', 'node 1', 'node 2', 'host']), {
        'pod 1': 'second 10.233.64.7',
        'pod 2': 'second 10.233.65.1',
        'node 1': `second ${at(11)}`,
        'node 2': `second ${at(12)}`,
        host: 'ENETUNREACH',
      });
    },
  );

  test('what no Service offers is refused at once', async () => {
    put(testService(), testSlice([second]));
    await settle();
    const start = performance.now();
    for (const to of ['10.233.0.10:81', '10.233.0.10:8080']) {
      for (const protocol of ['TCP', 'UDP'] as const) {
        assert.deepEqual(
          await askAll(to, ['pod 1', 'node 1'], protocol),
          { 'pod 1': 'ECONNREFUSED', 'node 1': 'ECONNREFUSED' },
          `${to} ${protocol}`,
        );
      }
    }
    assert.ok(performance.now() - start < 1500);
  });

  test('endpoints come and go: spread over all, refused without any', async () => {
    put(testService(), testSlice([first, second]));
    await settle();
    const answers = await Promise.all(Array.from({ length: 12 }, () => machine.ask(podOne, '10.233.0.10:80')));
    assert.deepEqual(new Set(answers.map((answer) => answer.split(' ')[0])), new Set(['first', 'second']));
    put(testService(), testSlice([]));
    await settle();
    assert.deepEqual(await askAll('10.233.0.10:80', ['pod 1', 'node 2']), {
      'pod 1': 'ECONNREFUSED',
      'node 2': 'ECONNREFUSED',
    });
  });

  test('a node port answers on every node, on the host and on loopback', async () => {
    put(
      testService({ type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] }),
      testSlice([second]),
    );
    await settle();
    const everyone = ['pod 1', 'pod 2', 'node 1', 'node 2', 'host'] as const;
    for (const to of [`${at(11)}:30080`, `${at(12)}:30080`]) {
      for (const [name, answer] of Object.entries(await askAll(to, everyone))) assert.match(answer, /^second /, name);
    }
    for (const [name, answer] of Object.entries(await askAll('127.0.0.1:30080', ['node 1', 'node 2', 'host']))) {
      assert.match(answer, /^second /, name);
    }
    put(testService({ type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] }), testSlice([]));
    await settle();
    for (const [name, answer] of Object.entries(await askAll(`${at(11)}:30080`, everyone))) {
      assert.equal(answer, 'ECONNREFUSED', name);
    }
  });

  test('external policy Local keeps the client and leaves other nodes out', async () => {
    const ports = [{ port: 80, protocol: 'TCP', nodePort: 30080 }] as const;
    put(testService({ type: 'NodePort', externalTrafficPolicy: 'Local', ports }), testSlice([second]));
    await settle();
    assert.equal(await machine.ask(one, `${at(12)}:30080`), `second ${at(11)}`);
    assert.equal(await machine.ask(two, `${at(11)}:30080`), 'timeout');
    // What the host forwards must answer on either node.
    for (const node of [11, 12]) assert.match(await machine.ask(undefined, `${at(node)}:30080`), /^second /);
  });

  test('a client with affinity stays, also over a restart of the proxy', async () => {
    put(testService({ sessionAffinity: 'ClientIP' }), testSlice([first, second]));
    await settle();
    const choice = await machine.ask(podOne, '10.233.0.10:80');
    const again = async (): Promise<void> => {
      for (let i = 0; i < 5; i += 1) assert.equal(await machine.ask(podOne, '10.233.0.10:80'), choice);
    };
    await again();
    stop.abort();
    await running;
    // Rules work without their proxy, and its return forgets nobody.
    await again();
    startBoth();
    await settle();
    await again();
  });

  test('a UDP client moves on when its endpoint is gone', async () => {
    const udp = [{ name: '', port: 8080, protocol: 'UDP' }] as const;
    const ports = [{ port: 53, protocol: 'UDP' }] as const;
    put(testService({ ports }), testSlice([second], { ports: udp }));
    await settle();
    const ask = (): Promise<string> => machine.ask(podOne, '10.233.0.10:53', { protocol: 'UDP', localPort: 4053 });
    assert.match(await ask(), /^second /);
    put(testService({ ports }), testSlice([first], { ports: udp }));
    await settle();
    assert.match(await ask(), /^first /);
  });

  test('a change made by somebody else is repaired', async () => {
    stop.abort();
    await running;
    put(testService(), testSlice([second]));
    startBoth(200);
    await settle();
    await exec(inNamespace(one, ['nft', 'flush', 'map', 'ip', 'cox-proxy', 'service-ips']));
    await exec(inNamespace(two, ['nft', 'delete', 'table', 'ip', 'cox-proxy']));
    await sleep(600);
    assert.deepEqual(await askAll('10.233.0.10:80', ['pod 1', 'node 2']), {
      'pod 1': 'second 10.233.64.7',
      'node 2': `second ${at(12)}`,
    });
  });

  test('chains that nothing uses are deleted, and rules follow within milliseconds', async (t) => {
    for (let i = 0; i < 20; i += 1) {
      put(
        testService({ clusterIP: `10.233.1.${i}` }, { name: `many-${i}` }),
        testSlice([first], { service: `many-${i}`, name: `many-${i}` }),
      );
    }
    await settle();
    const chainsOf = async (): Promise<number> => {
      const { stdout } = await exec(inNamespace(one, ['nft', 'list', 'chains', 'ip']));
      return stdout.split('\n').filter((line) => line.includes('chain service-')).length;
    };
    const times: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const start = performance.now();
      put(testService(), testSlice([i % 2 === 0 ? first : second]));
      const wanted = i % 2 === 0 ? '10.233.64.7' : '10.233.65.7';
      for (;;) {
        const { stdout } = await exec(inNamespace(one, ['nft', 'list', 'table', 'ip', 'cox-proxy']));
        const chain = /ip daddr|service-ips/.test(stdout) ? stdout : '';
        if (chain.split(`dnat to ${wanted}:8080`).length > (wanted === '10.233.64.7' ? 21 : 1)) break;
        assert.ok(performance.now() - start < 2000, 'the rules do not follow');
      }
      times.push(performance.now() - start);
      await sleep(30);
    }
    t.diagnostic(`from a change to its rules, reading them back included: ${times.map(Math.round).join(', ')} ms`);
    assert.equal(await chainsOf(), 21);
    for (let i = 0; i < 20; i += 1) await client.delete(services, { name: `many-${i}`, namespace: 'default' });
    await sleep(1500);
    assert.equal(await chainsOf(), 1);
  });
});
