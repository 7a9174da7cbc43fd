import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Service } from '../../api/core/service.schema.ts';
import type { IPAddress } from '../../api/networking/ip-address.schema.ts';
import { ipAddresses, serviceCidrs, services } from '../../api/resources.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { service } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { repairRecord, repairService } from './reconcile.ts';

const created = '2026-01-01T00:00:00Z';
const record = (
  name: string,
  parent: string,
  labels = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' },
): IPAddress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: created, labels },
  spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: parent } },
});
const ranges = ['10.233.0.0/18'];

describe("a Service's address", () => {
  const web = service('web');
  const cases: Record<string, readonly [Service, IPAddress | undefined, Service | undefined, RegExp | undefined]> = {
    'with its record is fine': [web, record('10.233.0.10', 'web'), web, undefined],
    'None needs no record': [
      service('web', { clusterIP: 'None', clusterIPs: ['None'] }),
      undefined,
      undefined,
      undefined,
    ],
    'without a record gets one': [web, undefined, undefined, /^ClusterIPNotAllocated .* create$/],
    'of nobody else gets a right one': [
      web,
      record('10.233.0.10', 'gone'),
      undefined,
      /wrong reference.* remove create$/,
    ],
    'of two is reported': [
      web,
      record('10.233.0.10', 'other'),
      service('other'),
      /^ClusterIPAlreadyAllocated .*recreate service$/,
    ],
    'of no range is reported': [
      service('web', { clusterIP: '10.99.0.1' }),
      undefined,
      undefined,
      /^ClusterIPOutOfRange Cluster IP \[IPv4\]: 10\.99\.0\.1 is not within any configured Service CIDR/,
    ],
  };
  for (const [name, [subject, found, holder, expected]] of Object.entries(cases)) {
    test(name, () => {
      const repair = repairService(subject, found, ranges, holder);
      if (expected === undefined) assert.equal(repair, undefined);
      else {
        const { event, remove, create } = repair ?? assert.fail('no repair');
        const writes = `${remove === undefined ? '' : ' remove'}${create === undefined ? '' : ' create'}`;
        assert.match(`${event.reason} ${event.message}${writes}`, expected);
      }
    });
  }
});

test('a record whose Service is gone goes after a minute; one made by a person stays', () => {
  const at = Date.parse(created);
  const leaked = record('10.233.0.10', 'gone');
  assert.deepEqual(repairRecord(leaked, undefined, at + 20_000), { requeueAfter: 40_000 });
  const repair = repairRecord(leaked, undefined, at + 60_000);
  assert.ok(repair !== undefined && 'remove' in repair && repair.remove === leaked);
  assert.equal(repairRecord(record('10.233.0.10', 'gone', {} as never), undefined, at + 60_000), undefined);
  assert.equal(repairRecord(leaked, service('gone'), at + 60_000), undefined);
});

test('the controller makes the record that a crash has left out', async () => {
  await withControllers(
    async (server) => {
      const made = await eventually('a record', async () => server.stored(ipAddresses, '10.233.0.10'));
      assert.equal(made.spec.parentRef.name, 'web');
    },
    {
      prepare: (server) => {
        server.seed(serviceCidrs, {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'ServiceCIDR',
          metadata: { name: 'kubernetes' },
          spec: { cidrs: ranges },
          status: {},
        });
        server.seed(services, service('web'));
      },
    },
  );
});
