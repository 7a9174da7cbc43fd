import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, useCluster, whyNotHere } from './cluster.ts';
import { ask, askAll, podManifest, programs, runAt } from './service-pods.ts';

interface Status {
  readonly nodes: readonly { readonly dataPlane?: { readonly plane: string; readonly why: string } }[];
}

/**
 * Services of every kind, asked from every place with real packets: two servers and two clients, one a node. Every
 * answer is the same whoever leads: programs at the sockets of pods where the kernel allows them, or rules alone.
 */
export function describeServices(plane: 'sockets' | 'nftables'): void {
  describe(`Services by ${plane}`, { skip: whyNotHere() ?? false }, () => {
    const cluster = useCluster();
    const label = 'services';
    const [nodeOne, nodeTwo] = ['kube-worker-1', 'kube-worker-2'];
    const ips: Record<string, string> = {};
    let nodeAddresses: readonly string[] = [];

    before(async () => {
      const pods = [
        podManifest({ label, name: 'server-1', node: nodeOne, ports: [8080] }),
        podManifest({ label, name: 'server-2', node: nodeTwo, ports: [8081] }),
        podManifest({ label, name: 'client-1', node: nodeOne }),
        podManifest({ label, name: 'client-2', node: nodeTwo }),
        podManifest({ label, name: 'host-client', node: nodeOne, spec: 'hostNetwork: true' }),
      ];
      await cluster.up(plane === 'sockets' ? '--socket-balancing' : '--no-socket-balancing');
      await cluster.apply(programs(label) + pods.join(''));
      await cluster.kubectl(`wait --for=condition=Ready pods -l test=${label} --timeout=60s`);
      for (const name of ['server-1', 'server-2', 'client-1', 'client-2'])
        ips[name] = await cluster.jsonpath(`get pod ${name}`, '{.status.podIP}');
      const text = await cluster.jsonpath('get nodes', '{.items[*].status.addresses[?(@.type=="InternalIP")].address}');
      nodeAddresses = text.split(' ');
    });
    after(async () => {
      await cluster.kubectl(
        `delete pods,services,endpoints,endpointslices,configmaps -l test=${label} --ignore-not-found --wait=true`,
      );
      await cluster.up('--socket-balancing');
    });

    /** Makes a Service, and returns its address. */
    async function service(name: string, spec: object): Promise<string> {
      await cluster.apply(
        JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name, labels: { test: label } }, spec }),
      );
      return cluster.jsonpath(`get service ${name}`, '{.spec.clusterIP}');
    }
    const patch = (name: string, spec: object): Promise<string> =>
      cluster.kubectl(['patch', 'service', name, '-p', JSON.stringify({ spec })]);
    const all = { app: `${label}-server` };
    const only = (pod: string): object => ({ pod });
    const tcp = [{ port: 80, targetPort: 'web' }];
    const everyone = ['client-1', 'client-2', 'host-client', 'node 1', 'node 2'];
    /** Asks until the answer is the one wanted: rules follow a change, they do not come before it. */
    const settled = (place: string, to: string, wanted: string | RegExp): Promise<boolean> =>
      eventually(`${wanted} for ${place} from ${to}`, async () => {
        const answer = await ask(cluster, place, to);
        return typeof wanted === 'string' ? answer === wanted : wanted.test(answer);
      });

    test('this plane serves the pods of every node', async (t) => {
      const planes = await eventually('the data planes', async () => {
        const { nodes } = JSON.parse(await cluster.cox('status', '--json')) as Status;
        const found = nodes.map(({ dataPlane }) => dataPlane);
        const asked = found.every((each) => each?.why.includes('--no-socket-balancing') === (plane === 'nftables'));
        return asked && found;
      });
      const [refusal] = planes.filter((each) => each?.plane !== plane);
      if (refusal !== undefined) t.skip(`here nftables serves in any case: ${refusal.why}`);
    });

    test('cluster address: everyone is answered, a client in a pod keeps its address, a pod may ask itself', async () => {
      const ip = await service('one', { selector: only('server-1'), ports: tcp });
      await settled('client-1', ip, /^server-1 /);
      await settled('client-2', ip, /^server-1 /);
      assert.deepEqual(await askAll(cluster, ip, everyone), {
        'client-1': `server-1 ${ips['client-1']}`,
        'client-2': `server-1 ${ips['client-2']}`,
        'host-client': `server-1 ${nodeAddresses[0]}`,
        'node 1': `server-1 ${nodeAddresses[0]}`,
        'node 2': `server-1 ${nodeAddresses[1]}`,
      });
      assert.match(await ask(cluster, 'server-1', ip), /^server-1 /);
      // As IPv6 sockets ask for IPv4 addresses: those of Java, and of many dual-stack programs.
      assert.equal(await ask(cluster, 'client-2', `[::ffff:${ip}]`), `server-1 ${ips['client-2']}`);
    });

    test('external and load-balancer addresses, asked by pods and nodes', async () => {
      const spec = { type: 'LoadBalancer', selector: only('server-2'), ports: tcp, externalIPs: ['198.51.100.7'] };
      await service('outer', spec);
      const given = await eventually('an address', () =>
        cluster.jsonpath('get service outer', '{.status.loadBalancer.ingress[0].ip}'),
      );
      for (const place of everyone) await settled(place, given, /^server-2 /);
      // Nodes of an isolated cluster have no route there; pods have one, to their node.
      for (const place of ['client-1', 'client-2']) await settled(place, '198.51.100.7', /^server-2 /);
    });

    test('a target port by name that differs from pod to pod', async () => {
      const ip = await service('named', { selector: all, ports: tcp });
      for (const name of ['server-1', 'server-2']) await settled('client-1', ip, new RegExp(`^${name} `));
    });

    test('refused, not silent: another port, no endpoints, by TCP and UDP', async () => {
      const ports = [
        { name: 't', port: 80, protocol: 'TCP' },
        { name: 'u', port: 80, protocol: 'UDP' },
      ];
      const [offered, empty] = [
        await service('offered', { selector: only('server-1'), ports: tcp }),
        await service('empty', { type: 'NodePort', selector: { app: 'nobody' }, ports }),
      ];
      await settled('client-1', empty, 'refused');
      await settled('client-2', empty, 'refused');
      const nodePort = await cluster.jsonpath('get service empty', '{.spec.ports[0].nodePort}');
      for (const to of [`${offered}:81`, empty, `${nodeAddresses[0]}:${nodePort}`]) {
        const answers = await askAll(cluster, to, everyone);
        assert.deepEqual(new Set(Object.values(answers)), new Set(['refused']), to);
      }
      assert.equal(await ask(cluster, 'host', `127.0.0.1:${nodePort}`), 'refused');
      for (const to of [offered, empty]) {
        const { stdout } = await runAt(cluster, 'client-1', ['python3', '/programs/udp.py', to, '80']);
        assert.equal(stdout.trim(), 'refused');
      }
    });

    test('node port: every address of every node, and the host with its loopback', async () => {
      await service('port', { type: 'NodePort', selector: only('server-2'), ports: tcp });
      const port = await cluster.jsonpath('get service port', '{.spec.ports[0].nodePort}');
      await settled('host', `127.0.0.1:${port}`, /^server-2 /);
      for (const address of nodeAddresses) {
        await settled('client-1', `${address}:${port}`, /^server-2 /);
        for (const [place, answer] of Object.entries(
          await askAll(cluster, `${address}:${port}`, [...everyone, 'host']),
        ))
          assert.match(answer, /^server-2 /, `${place} to ${address}`);
      }
      for (const place of ['node 1', 'node 2', 'host'])
        assert.match(await ask(cluster, place, `127.0.0.1:${port}`), /^server-2 /, place);
    });

    test('external policy Local keeps the client and stays on the node; a balancer can ask which', async () => {
      await service('kept', {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        selector: only('server-2'),
        ports: tcp,
      });
      const text = await cluster.jsonpath('get service kept', '{.spec.ports[0].nodePort} {.spec.healthCheckNodePort}');
      const [port, healthPort] = text.split(' ');
      const [one = '', two = ''] = nodeAddresses;
      await settled('node 1', `${two}:${port}`, `server-2 ${one}`);
      await settled('node 2', `${one}:${port}`, 'timeout');
      await settled('client-1', `${one}:${port}`, `server-2 ${ips['client-1']}`);
      await eventually('health', async () =>
        (await ask(cluster, 'node 1', `${two}:${healthPort}`)).includes('"localEndpoints": 1'),
      );
      await eventually('no health', async () =>
        (await ask(cluster, 'node 1', `${one}:${healthPort}`)).includes('"localEndpoints": 0'),
      );
    });

    test('internal policy Local', async () => {
      const ip = await service('inner', { internalTrafficPolicy: 'Local', selector: only('server-2'), ports: tcp });
      await settled('client-2', ip, `server-2 ${ips['client-2']}`);
      await settled('client-1', ip, 'timeout');
    });

    test('session affinity holds for its time, and no longer', async () => {
      const ip = await service('sticky', {
        selector: all,
        ports: tcp,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 2 } },
      });
      await settled('client-1', ip, /^server-/);
      const script = `for i in 1 2 3 4 5 6 7 8 9 10; do curl -s --max-time 3 ${ip}; done; sleep 2.5; curl -s ${ip}`;
      const rounds = new Set<string>();
      await eventually(
        'another endpoint after the time',
        async () => {
          const { stdout } = await runAt(cluster, 'client-1', ['sh', '-c', script]);
          const lines = stdout.trim().split('\n');
          assert.equal(lines.length, 11, stdout);
          assert.equal(new Set(lines.slice(0, 10)).size, 1, stdout);
          rounds.add(lines[0] ?? '').add(lines[10] ?? '');
          return rounds.size === 2;
        },
        60_000,
      );
    });

    test('UDP: a client that keeps its port follows the endpoints', async () => {
      const ports = [{ port: 53, protocol: 'UDP', targetPort: 8080 }];
      const ip = await service('datagrams', { selector: { app: 'nobody' }, ports });
      const answers = async (): Promise<string> =>
        (await runAt(cluster, 'client-2', ['python3', '/programs/udp.py', ip, '53', '4053'])).stdout.trim();
      await eventually('no endpoint', async () => (await answers()) === 'refused');
      await patch('datagrams', { selector: { app: null, pod: 'server-1' } });
      await eventually('the first', async () => (await answers()).startsWith('server-1 '));
      await patch('datagrams', {
        ports: [{ port: 53, protocol: 'UDP', targetPort: 8081 }],
        selector: { pod: 'server-2' },
      });
      await eventually('the second', async () => (await answers()).startsWith('server-2 '));
    });

    test('UDP: a socket that stays open follows the endpoints, connected or not, and hears the Service alone', async () => {
      const ports = [{ port: 53, protocol: 'UDP', targetPort: 8080 }];
      const ip = await service('following', { selector: only('server-1'), ports });
      await eventually('the Service', async () => {
        const { stdout } = await runAt(cluster, 'client-1', ['python3', '/programs/udp.py', ip, '53']);
        return stdout.startsWith('server-1 ');
      });
      const followers = ['connected', 'connected-sendto', 'unconnected', 'mapped'].map((kind) =>
        runAt(cluster, 'client-1', ['python3', '/programs/following.py', kind, ip, '53', `${plane}-${kind}`]),
      );
      await eventually('all first answers', async () => {
        const { stdout } = await runAt(cluster, 'client-1', ['sh', '-c', `ls -d /tmp/begun-${plane}-* | wc -l`]);
        return stdout.trim() === String(followers.length);
      });
      await patch('following', {
        ports: [{ port: 53, protocol: 'UDP', targetPort: 8081 }],
        selector: { pod: 'server-2' },
      });
      // Where rules lead, an answer that is on its way while its flow is forgotten bears the endpoint's own address, which
      // a connected socket does not hear; where sockets lead, none does.
      const late = plane === 'nftables' ? [` ${ips['server-1']}:8080`, ` ::ffff:${ips['server-1']}:8080`] : [];
      const said = (await Promise.all(followers)).map(({ stdout, stderr }) =>
        late.reduce((text, source) => text.replace(source, ''), stdout.trim() || stderr),
      );
      assert.deepEqual(said, [
        `connected: server-1 server-2 from ${ip}:53`,
        `connected-sendto: server-1 server-2 from ${ip}:53`,
        `unconnected: server-1 server-2 from ${ip}:53`,
        `mapped: server-1 server-2 from ::ffff:${ip}:53`,
      ]);
    });

    test('a connection outlives changes of rules, and its own endpoint leaving the Service', async () => {
      const ip = await service('long', { selector: only('server-1'), ports: tcp });
      await settled('client-1', ip, /^server-1 /);
      await runAt(cluster, 'client-1', ['rm', '-f', '/tmp/begun', '/tmp/end']);
      const kept = runAt(cluster, 'client-1', ['python3', '/programs/kept.py', ip, '80']);
      const begun = ['test', '-e', '/tmp/begun'];
      await eventually('its first answer', async () => (await runAt(cluster, 'client-1', begun)).exitCode === 0);
      const others = Array.from({ length: 10 }, (_, index) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: `passing-${index}`, labels: { test: label, passing: 'yes' } },
        spec: { selector: all, ports: tcp },
      }));
      await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: others }));
      await patch('long', { selector: only('server-2') });
      await settled('client-1', ip, /^server-2 /);
      await cluster.kubectl('delete services -l passing=yes');
      await runAt(cluster, 'client-1', ['touch', '/tmp/end']);
      const { stdout, stderr } = await kept;
      assert.match(stdout, /^\d+ by server-1 on the same connection/, stderr);
    });

    test("without a selector: a slice of one's own, and Endpoints that are mirrored", async () => {
      const [sliced, mirrored] = [
        await service('sliced', { ports: [{ port: 80 }] }),
        await service('mirrored', { ports: [{ port: 80 }] }),
      ];
      await cluster.apply(
        JSON.stringify({
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'sliced-by-hand', labels: { test: label, 'kubernetes.io/service-name': 'sliced' } },
          addressType: 'IPv4',
          ports: [{ name: '', port: 8080, protocol: 'TCP' }],
          endpoints: [{ addresses: [ips['server-1']] }],
        }),
      );
      await cluster.apply(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Endpoints',
          metadata: { name: 'mirrored', labels: { test: label } },
          subsets: [{ addresses: [{ ip: ips['server-2'] }], ports: [{ port: 8081 }] }],
        }),
      );
      await settled('client-2', sliced, /^server-1 /);
      await settled('client-1', mirrored, /^server-2 /);
    });

    test('headless, ExternalName, and a Service that changes its type', async () => {
      await service('bare', { clusterIP: 'None', selector: all, ports: tcp });
      const found = async (name: string): Promise<readonly string[]> => {
        const { stdout } = await runAt(cluster, 'client-1', ['getent', 'ahostsv4', name]);
        return [...new Set(stdout.split('\n').flatMap((line) => line.split(' ')[0] || []))].toSorted();
      };
      const both = [ips['server-1'] ?? '', ips['server-2'] ?? ''].toSorted();
      await eventually('both endpoints', async () => (await found('bare')).join() === both.join());
      const ip = await service('turning', { selector: only('server-1'), ports: tcp });
      await settled('client-1', 'turning', /^server-1 /);
      await patch('turning', { type: 'NodePort' });
      const port = await cluster.jsonpath('get service turning', '{.spec.ports[0].nodePort}');
      await settled('host', `127.0.0.1:${port}`, /^server-1 /);
      await patch('turning', { type: 'ClusterIP' });
      await settled('node 1', `${nodeAddresses[0]}:${port}`, 'refused');
      assert.equal(await cluster.jsonpath('get service turning', '{.spec.clusterIP}'), ip);
      await patch('turning', {
        type: 'ExternalName',
        externalName: 'one.default.svc.cluster.local',
        clusterIP: null,
      });
      await settled('client-1', 'turning', /^server-1 /);
      await settled('client-1', ip, 'timeout');
    });
  });
}
