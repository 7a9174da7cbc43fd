import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HelperClient } from '../../../src/proxy/helper/client.ts';
import { NftablesApplier } from '../../../src/proxy/nftables/applier.ts';
import type { TransactionPath } from '../../../src/proxy/nftables/transactions.ts';
import { planHostPorts } from '../../../src/proxy/plan/host-ports.ts';
import { planService } from '../../../src/proxy/plan/service.ts';
import { planSkeleton } from '../../../src/proxy/plan/skeleton.ts';
import type { Changes } from '../../../src/proxy/ruleset.ts';
import { RulesetTable } from '../../../src/proxy/ruleset.ts';
import { testConfiguration, testEndpoint, testService, testSlice } from '../../../src/proxy/testing/objects.ts';
import { exec } from '../../../src/system/exec.ts';
import { queryNftables } from '../../../src/system/nftables.ts';
import { stateDirectory, whyNotHere } from '../network/machine.ts';

const skip = whyNotHere() ?? false;
const [direct, byNft] = ['t-nl-direct', 't-nl-nft'];
const skeleton = planSkeleton(testConfiguration);
const helper = new HelperClient();
let directory = '';

/** What `nft` reads in the kernel, without the numbers that it gives out and the order in which things were made. */
async function listing(namespace: string): Promise<readonly string[]> {
  const objects = await queryNftables(['list', 'table', 'ip', 'cox-proxy'], { namespace });
  return objects.map((object) => JSON.stringify(object, sortedWithoutHandle)).toSorted();
}

function sortedWithoutHandle(key: string, value: unknown): unknown {
  if (key === 'handle') return undefined;
  return key === 'elem' && Array.isArray(value) ? value.map((entry) => JSON.stringify(entry)).toSorted() : value;
}

const addresses = (count: number): string[] => Array.from({ length: count }, (_, at) => `10.233.64.${at + 1}`);
const slice = (count: number, name: string, protocol: 'TCP' | 'UDP' = 'TCP') => {
  const ports = [{ name: '', port: 8080, protocol }];
  return [
    testSlice(
      addresses(count).map((ip) => testEndpoint(ip)),
      { service: name, ports },
    ),
  ];
};
const balanced = {
  type: 'LoadBalancer',
  ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }],
  externalTrafficPolicy: 'Local',
} as const;
const ingress = { loadBalancer: { ingress: [{ ip: '172.29.0.230' }] } };
const local = { externalTrafficPolicy: 'Local', externalIPs: ['192.0.2.1'], ports: balanced.ports } as const;

/** Every kind of rule that a Service or a pod can come to, by name. */
const fragments = {
  'one endpoint': planService(testService(), slice(1, 'web'), testConfiguration),
  'three endpoints over UDP': planService(
    testService({ clusterIP: '10.233.0.11', ports: [{ port: 53, protocol: 'UDP' }] }, { name: 'udp' }),
    slice(3, 'udp', 'UDP'),
    testConfiguration,
  ),
  'more endpoints than rules': planService(
    testService({ clusterIP: '10.233.0.12' }, { name: 'many' }),
    slice(40, 'many'),
    testConfiguration,
  ),
  'no endpoint': planService(testService({ clusterIP: '10.233.0.13' }, { name: 'none' }), [], testConfiguration),
  affinity: planService(
    testService({ clusterIP: '10.233.0.14', sessionAffinity: 'ClientIP' }, { name: 'sticky' }),
    slice(3, 'sticky'),
    testConfiguration,
  ),
  'affinity, many endpoints': planService(
    testService({ clusterIP: '10.233.0.15', sessionAffinity: 'ClientIP' }, { name: 'sticky-many' }),
    slice(20, 'sticky-many'),
    testConfiguration,
  ),
  'policy Local': planService(
    testService({ clusterIP: '10.233.0.16', type: 'NodePort', ...local }, { name: 'local' }),
    slice(2, 'local'),
    {
      ...testConfiguration,
      gatewayAddresses: ['172.29.0.1', '172.29.0.4', '172.29.0.7'],
      localPodRange: '10.233.64.0/22',
    },
  ),
  'source ranges': planService(
    testService(
      {
        clusterIP: '10.233.0.17',
        ...balanced,
        loadBalancerSourceRanges: ['0.0.0.0/1', '192.0.2.0/25', '192.0.2.128/25'],
      },
      { name: 'ranges', status: ingress },
    ),
    slice(2, 'ranges'),
    testConfiguration,
  ),
  'one source range, none for nobody': planService(
    testService(
      {
        clusterIP: '10.233.0.18',
        ...balanced,
        ports: [{ port: 81, protocol: 'TCP', nodePort: 30081 }],
        loadBalancerSourceRanges: ['240.0.0.0/4', '198.51.100.0/24'],
      },
      { name: 'range', status: ingress },
    ),
    slice(2, 'range'),
    testConfiguration,
  ),
  'host port': planHostPorts({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      containers: [
        { name: 'c', image: 'i', resources: {}, ports: [{ containerPort: 80, hostPort: 8088, protocol: 'TCP' }] },
      ],
    },
    status: { podIP: '10.233.64.9', phase: 'Running' },
  }),
};

/** An applier, and when it has begun to send changes by netlink: until then `nft` does that. */
function byNetlink() {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const onPath = ({ by, why }: TransactionPath): void => (by === 'netlink' ? resolve() : reject(new Error(why)));
  const applier = new NftablesApplier({ directory, namespace: direct, helper, onPath, onError: reject });
  return { applier, ready };
}

function taken(table: RulesetTable): Changes {
  const changes = table.takeChanges();
  assert.ok(changes !== undefined);
  return changes;
}

async function waitUntil(check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await check())) {
    if (performance.now() > end) assert.fail('nothing happened for 20 s');
    await sleep(50);
  }
}

describe('changes by netlink', { skip }, () => {
  before(async () => {
    directory = await stateDirectory('t-nl');
    for (const name of [direct, byNft]) await exec(['ip', 'netns', 'add', name]);
  });

  after(async () => {
    helper.close();
    for (const name of [direct, byNft]) await exec(['ip', 'netns', 'delete', name], { acceptExitCodes: [0, 1] });
    await rm(directory, { recursive: true, force: true });
  });

  for (const [name, fragment] of Object.entries(fragments)) {
    test(`${name}: the kernel holds what nft would have put there`, { skip }, async () => {
      const table = new RulesetTable();
      const { applier, ready } = byNetlink();
      const other = new NftablesApplier({ directory, namespace: byNft });
      await Promise.all([applier, other].map((each) => each.replace(table.ruleset(skeleton))));
      await ready;
      table.set('it', fragment);
      const changes = taken(table);
      await applier.change(changes);
      await other.change(changes);
      assert.deepEqual(await listing(direct), await listing(byNft));
      assert.deepEqual(await applier.check(table.ruleset(skeleton)), []);
    });
  }

  test('what goes leaves nothing behind', { skip }, async () => {
    const table = new RulesetTable();
    const { applier, ready } = byNetlink();
    await applier.replace(table.ruleset(skeleton));
    await ready;
    const empty = await listing(direct);
    for (const [name, fragment] of Object.entries(fragments)) table.set(name, fragment);
    await applier.change(taken(table));
    for (const name of Object.keys(fragments)) table.set(name, undefined);
    await applier.change(taken(table));
    await waitUntil(async () => (await listing(direct)).length === empty.length);
    assert.deepEqual(await listing(direct), empty);
    await applier.close();
  });

  test('a refusal names the command and the reason, and changes nothing', { skip }, async () => {
    const table = new RulesetTable();
    const { applier, ready } = byNetlink();
    await applier.replace(table.ruleset(skeleton));
    await ready;
    const before = await listing(direct);
    table.set('it', fragments['one endpoint']);
    const removedVerdicts = [['service-ips', '10.233.0.99 . 6 . 80']] as const;
    await assert.rejects(applier.change({ ...taken(table), removedVerdicts }), {
      message: /refused a transaction: delete element ip cox-proxy service-ips \(1\): ENOENT/,
      code: 'ENOENT',
    });
    assert.deepEqual(await listing(direct), before);
  });

  test('nft does the work where the helper cannot, and that is said', { skip }, async () => {
    const table = new RulesetTable();
    const paths: TransactionPath[] = [];
    const broken = { ask: () => Promise.reject(new Error('the helper ended (1): no koffi')) };
    const onPath = (path: TransactionPath): void => void paths.push(path);
    const applier = new NftablesApplier({ directory, namespace: direct, helper: broken, onPath });
    await applier.replace(table.ruleset(skeleton));
    table.set('it', fragments['three endpoints over UDP']);
    await applier.change(taken(table));
    assert.deepEqual(await applier.check(table.ruleset(skeleton)), []);
    await waitUntil(() => Promise.resolve(paths.length > 0));
    assert.deepEqual(paths, [{ by: 'nft', why: 'the helper ended (1): no koffi' }]);
  });
});
