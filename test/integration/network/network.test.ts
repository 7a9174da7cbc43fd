import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { refusalMetric } from '../../../src/network/layout.ts';
import { findFreeSubnet, setUpNetwork } from '../../../src/network/set-up.ts';
import { findNetworkLeftovers, teardownNetwork } from '../../../src/network/teardown/teardown.ts';
import { exec } from '../../../src/system/exec.ts';
import { inNamespace } from '../../../src/system/namespaces.ts';
import { hostPicture, stateDirectory, TestMachine, testNetwork, whyNotHere } from './machine.ts';

const skip = whyNotHere() ?? false;
const reserved = ['10.233.64.0/18', '10.233.0.0/18'];
let directory = '';
describe('cluster network', { skip }, () => {
  before(async () => {
    directory = await stateDirectory('t-net-network');
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test('a cluster comes and goes without a trace, also in halves', async () => {
    const picture = await hostPicture();
    const subnet = await findFreeSubnet(reserved);
    const network = testNetwork('t-net-a', subnet);
    const options = { stateDirectory: directory };
    const remove = () => teardownNetwork({ cluster: network.cluster, subnet, ...options });
    try {
      await setUpNetwork(network, options);
      // A second time changes nothing that a reader could see.
      const made = await hostPicture();
      await setUpNetwork(network, options);
      assert.equal(await hostPicture(), made);
      // Halves: a node without its link, a node without its namespace, no table, no bridge.
      const halves = [
        ['sh', '-c', 'ip -n cox-t-net-a-1 link delete eth0'],
        ['ip', 'netns', 'delete', 'cox-t-net-a-2'],
        ['nft', 'delete', 'table', 'ip', 'cox-t-net-a'],
        ['ip', 'link', 'delete', 'cox-t-net-a'],
      ];
      for (const argv of halves) {
        await exec(argv);
        await setUpNetwork(network, options);
        assert.equal((await findNetworkLeftovers(network.cluster)).length, 11, argv.join(' '));
        const gateway = subnet.replace('.0/24', '.1');
        const reach = [
          'sh',
          '-c',
          `ip -n cox-t-net-a-1 route get ${gateway} && ip -n cox-t-net-a-2 route get ${gateway}`,
        ];
        await exec(reach);
      }
      for (const argv of halves) await exec(argv);
      await remove();
      assert.deepEqual(await findNetworkLeftovers(network.cluster, subnet), []);
      assert.equal(await hostPicture(), picture);
      await remove();
    } finally {
      await remove();
    }
  });

  test('traffic goes where it should, and nowhere else', async () => {
    const subnet = await findFreeSubnet(reserved);
    const network = testNetwork('t-net-b', subnet);
    const machine = new TestMachine();
    const at = (host: number): string => subnet.replace('.0/24', `.${host}`);
    const [one, two] = ['cox-t-net-b-1', 'cox-t-net-b-2'];
    try {
      const podRoutes = new Map([
        [1, [{ podRange: '10.233.65.0/24', nodeAddress: at(12) }]],
        [2, [{ podRange: '10.233.64.0/24', nodeAddress: at(11) }]],
      ]);
      await setUpNetwork(network, { stateDirectory: directory, podRoutes });
      const podOne = await machine.pod('b1', one, '10.233.64.5');
      const podTwo = await machine.pod('b2', two, '10.233.65.5');
      await Promise.all([
        machine.serve(one, 'one', 80, 443, 30080),
        machine.serve(two, 'two', 80, 443, 30080),
        machine.serve(podTwo, 'pod-two', 5000),
        machine.serve({ hostAddress: at(1) }, 'host', 6443),
      ]);
      const asked: Record<string, [namespace: string | undefined, to: string, answer: RegExp]> = {
        'http on loopback': [undefined, '127.0.0.1:18080', new RegExp(`^(one|two) ${at(1)}$`)],
        'https on loopback': [undefined, '127.0.0.1:18443', /^(one|two) /],
        'node port on loopback': [undefined, '127.0.0.1:30080', /^(one|two) /],
        'the API on loopback': [undefined, '127.0.0.1:16443', /^host 127\.0\.0\.1$/],
        'a node from the host': [undefined, `${at(11)}:30080`, new RegExp(`^one ${at(1)}$`)],
        'a pod from the host': [undefined, '10.233.65.5:5000', /^ENETUNREACH$/],
        'a Service from the host': [undefined, '10.233.1.1:80', /^ENETUNREACH$/],
        'a pod from a pod of another node, source kept': [podOne, '10.233.65.5:5000', /^pod-two 10\.233\.64\.5$/],
        'a pod from a node': [one, '10.233.65.5:5000', new RegExp(`^pod-two ${at(11)}$`)],
        'a pod that does not exist': [podOne, '10.233.65.77:80', /^EHOSTUNREACH$/],
        'a pod range that no node has': [podOne, '10.233.99.7:80', /^EHOSTUNREACH$/],
        'the host from a pod, as its node': [podOne, `${at(1)}:6443`, new RegExp(`^host ${at(11)}$`)],
        'outside from a node': [one, '192.0.2.77:80', /^ENETUNREACH$/],
        'outside from a pod': [podOne, '192.0.2.77:80', /^ENETUNREACH$/],
        "the host's loopback from a node": [one, '127.0.0.1:6443', /^ECONNREFUSED$/],
      };
      const answers = await Promise.all(
        Object.entries(asked).map(async ([name, [namespace, to]]) => [name, await machine.ask(namespace, to)] as const),
      );
      for (const [name, answer] of answers) assert.match(answer, asked[name]?.[2] ?? /^$/, name);
      // Neither does another program's firewall stand between nodes.
      const docker = ['add table ip t-net-drop', 'add chain ip t-net-drop f { type filter hook forward priority 0; }'];
      docker.push('add rule ip t-net-drop f iifname "cox-t-net-b" drop');
      try {
        await exec(['nft', docker.join('; ')]);
        assert.match(await machine.ask(podOne, '10.233.65.5:5000'), /^pod-two /);
      } finally {
        await exec(['nft', 'delete table ip t-net-drop']);
      }
      // No route leads from a node to the host's own network, whatever the host forwards.
      await assert.rejects(exec(inNamespace(one, ['ip', 'route', 'get', '192.0.2.77'])), /unreachable/);
    } finally {
      await machine.close();
      await teardownNetwork({ cluster: network.cluster, subnet, stateDirectory: directory });
    }
  });

  test('several clusters stand side by side', async () => {
    const picture = await hostPicture();
    const options = { stateDirectory: directory };
    const first = testNetwork('t-net-c', await findFreeSubnet(reserved), { isolated: false });
    await setUpNetwork(first, options);
    const second = testNetwork('t-net-d', await findFreeSubnet(reserved), { isolated: false });
    try {
      assert.notEqual(second.subnet, first.subnet);
      await setUpNetwork(second, options);
      await teardownNetwork({ cluster: first.cluster, ...options });
      const { stdout } = await exec(['ip', 'route', 'show', 'type', 'throw']);
      const throws = (subnet: string): number => stdout.split(`metric ${refusalMetric(subnet)} `).length - 1;
      assert.deepEqual([throws(first.subnet), throws(second.subnet)], [0, 2]);
      // The setting that both need is still there.
      assert.match((await exec(['sh', '-c', 'cat /proc/sys/net/ipv4/conf/eth0/forwarding || echo 1'])).stdout, /1/);
    } finally {
      await teardownNetwork({ cluster: first.cluster, subnet: first.subnet, ...options });
      await teardownNetwork({ cluster: second.cluster, subnet: second.subnet, ...options });
    }
    assert.equal(await hostPicture(), picture);
  });
});
