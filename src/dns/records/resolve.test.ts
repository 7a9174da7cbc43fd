import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testIndex, testNamespace, testService, testSlice, testZone } from '../testing/objects.ts';
import { addressKey, reverseAddressKey } from '../wire/address.ts';
import { recordTypes, typeName } from '../wire/constants.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { Resolution } from './resolve.ts';
import { resolve, resolveReverse } from './resolve.ts';
import { relativeName } from './zone.ts';

const notReady = { ready: false, serving: true };
const postgres = { name: 'postgres', port: 5432, protocol: 'TCP' } as const;
const index = testIndex(
  testNamespace('default'),
  testNamespace('empty'),
  testService('web', {
    clusterIP: '10.233.0.10',
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { port: 9, protocol: 'TCP' },
    ],
  }),
  testSlice('web', ['10.233.64.5', { addresses: ['10.233.64.6'], conditions: notReady }]),
  testService('dual', { clusterIP: '10.233.0.11', clusterIPs: ['10.233.0.11', 'fd00::b'] }),
  testService('db', { clusterIP: 'None', ports: [postgres] }),
  testSlice(
    'db',
    [
      { addresses: ['10.233.64.7'], hostname: 'db-0' },
      { addresses: ['10.233.65.8'], hostname: 'DB-1', conditions: {} },
      { addresses: ['10.233.65.9'], conditions: notReady },
    ],
    { ports: [postgres] },
  ),
  testSlice('db', ['10.233.64.7', '10.233.65.20'], { suffix: 'b', ports: [{ ...postgres, port: 5433 }] }),
  testSlice('db', ['fd00::7'], { suffix: 'c', addressType: 'IPv6' }),
  testSlice('db', ['elsewhere.example'], { suffix: 'd', addressType: 'FQDN' }),
  testService('starting', { clusterIP: 'None' }),
  testSlice('starting', [{ addresses: ['10.233.64.30'], conditions: notReady }]),
  testService('eager', { clusterIP: 'None', publishNotReadyAddresses: true }),
  testSlice('eager', [{ addresses: ['10.233.64.31'], conditions: notReady }]),
  testService('outside', { type: 'ExternalName', externalName: 'API.Example.org.' }),
  testService('address', { type: 'ExternalName', externalName: '192.0.2.1' }),
  testService('long', { type: 'ExternalName', externalName: `${'x'.repeat(64)}.example` }),
  testService('unallocated', { clusterIP: '' }),
);

/** What a resolution says, one line a record. */
function told(resolution: Resolution): string | string[] {
  if (resolution.kind === 'absent') return 'NXDOMAIN';
  if (resolution.kind === 'alias') return [show(resolution.record)];
  if (resolution.records.length === 0) return 'NODATA';
  return [...resolution.records.map(show), ...resolution.additional.map((record) => `+ ${show(record)}`)].toSorted();
}

function show({ name, type, data }: ResourceRecord): string {
  const parts = data.map((part) => {
    if (typeof part === 'string') return part;
    if (type === recordTypes.A) return part.join('.');
    if (type === recordTypes.AAAA) return Buffer.from(part).toString('hex').replace(/0{8,}/, '::');
    if (type === recordTypes.TXT) return Buffer.from(part).subarray(1).toString();
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    return Array.from({ length: part.length / 2 }, (_, at) => view.getUint16(at * 2)).join(' ');
  });
  return `${name.replace('.cluster.local', '')} ${typeName(type)} ${parts.join(' ').replaceAll('.cluster.local', '')}`;
}

const cases: Record<string, Record<string, string | string[]>> = {
  'the zone': {
    'cluster.local A': 'NODATA',
    'cluster.local NS': ['+ ns.dns A 10.233.0.3', 'cluster.local NS ns.dns'],
    'ns.dns A': ['ns.dns A 10.233.0.3'],
    'ns.dns AAAA': 'NODATA',
    'dns A': 'NODATA',
    'x.dns A': 'NXDOMAIN',
    'dns-version TXT': ['dns-version TXT 1.1.0'],
    'dns-version A': 'NODATA',
    'x.dns-version TXT': 'NXDOMAIN',
    'other A': 'NXDOMAIN',
  },
  'names that only have others below them': {
    'svc A': 'NODATA',
    'pod A': 'NODATA',
    'default.svc A': 'NODATA',
    'empty.svc A': 'NODATA',
    'missing.svc A': 'NXDOMAIN',
    'default.pod A': 'NODATA',
    'missing.pod A': 'NXDOMAIN',
    '_tcp.web.default.svc SRV': 'NODATA',
    '_udp.web.default.svc A': 'NODATA',
    '_sctp.web.default.svc SRV': 'NXDOMAIN',
  },
  'a Service with a cluster address': {
    'web.default.svc A': ['web.default.svc A 10.233.0.10'],
    'web.default.svc AAAA': 'NODATA',
    'web.default.svc SRV': 'NODATA',
    'dual.default.svc AAAA': ['dual.default.svc AAAA fd::b'],
    'web.empty.svc A': 'NXDOMAIN',
    'nobody.default.svc A': 'NXDOMAIN',
    '_http._tcp.web.default.svc SRV': [
      '+ web.default.svc A 10.233.0.10',
      '_http._tcp.web.default.svc SRV 0 100 80 web.default.svc',
    ],
    '_http._tcp.web.default.svc A': 'NODATA',
    '_http._udp.web.default.svc SRV': 'NXDOMAIN',
    '_._tcp.web.default.svc SRV': 'NXDOMAIN',
    'http._tcp.web.default.svc SRV': 'NXDOMAIN',
    'x._http._tcp.web.default.svc SRV': 'NXDOMAIN',
    '10-233-64-5.web.default.svc A': ['10-233-64-5.web.default.svc A 10.233.64.5'],
    '10-233-64-6.web.default.svc A': 'NXDOMAIN',
    'unallocated.default.svc A': 'NXDOMAIN',
  },
  'a headless Service': {
    'db.default.svc A': [
      'db.default.svc A 10.233.64.7',
      'db.default.svc A 10.233.65.20',
      'db.default.svc A 10.233.65.8',
    ],
    'db.default.svc AAAA': ['db.default.svc AAAA fd::7'],
    'db-0.db.default.svc A': ['db-0.db.default.svc A 10.233.64.7'],
    'db-1.db.default.svc A': ['db-1.db.default.svc A 10.233.65.8'],
    'db-0.db.default.svc AAAA': 'NODATA',
    'db-0.db.default.svc TXT': 'NODATA',
    'db-2.db.default.svc A': 'NXDOMAIN',
    'x.db-0.db.default.svc A': 'NXDOMAIN',
    '_postgres._tcp.db.default.svc SRV': [
      '+ 10-233-65-20.db.default.svc A 10.233.65.20',
      '+ db-0.db.default.svc A 10.233.64.7',
      '+ db-1.db.default.svc A 10.233.65.8',
      '_postgres._tcp.db.default.svc SRV 0 25 5432 db-0.db.default.svc',
      '_postgres._tcp.db.default.svc SRV 0 25 5432 db-1.db.default.svc',
      '_postgres._tcp.db.default.svc SRV 0 25 5433 10-233-64-7.db.default.svc',
      '_postgres._tcp.db.default.svc SRV 0 25 5433 10-233-65-20.db.default.svc',
    ],
    'starting.default.svc A': 'NXDOMAIN',
    'starting.default.svc TXT': 'NXDOMAIN',
    'eager.default.svc A': ['eager.default.svc A 10.233.64.31'],
    '10-233-64-31.eager.default.svc A': ['10-233-64-31.eager.default.svc A 10.233.64.31'],
  },
  'an ExternalName Service': {
    'outside.default.svc A': ['outside.default.svc CNAME api.example.org'],
    'outside.default.svc TXT': ['outside.default.svc CNAME api.example.org'],
    'x.outside.default.svc A': 'NXDOMAIN',
    'address.default.svc A': 'NXDOMAIN',
    'long.default.svc A': 'NXDOMAIN',
  },
  'a pod by its address': {
    '10-233-64-5.default.pod A': ['10-233-64-5.default.pod A 10.233.64.5'],
    '10-233-64-5.default.pod AAAA': 'NODATA',
    'fd00--5.default.pod AAAA': ['fd00--5.default.pod AAAA fd::5'],
    '10-233-64.default.pod A': 'NXDOMAIN',
    '10-233-64-500.default.pod A': 'NXDOMAIN',
    '10-233-64-5.missing.pod A': 'NXDOMAIN',
    'x.10-233-64-5.default.pod A': 'NXDOMAIN',
  },
};

for (const [group, names] of Object.entries(cases)) {
  describe(group, () => {
    for (const [question, expect] of Object.entries(names)) {
      test(question, () => {
        const [name = '', type = ''] = question.split(' ');
        const relative = name === 'cluster.local' ? '' : name;
        const number = recordTypes[type as keyof typeof recordTypes];
        assert.deepEqual(told(resolve(index, testZone, relative, number)), expect);
      });
    }
  });
}

describe('names of addresses', () => {
  const names: Record<string, string[] | undefined> = {
    '10.233.0.10': ['web.default.svc'],
    'fd00:0::b': ['dual.default.svc'],
    '10.233.64.5': ['10-233-64-5.web.default.svc'],
    '10.233.64.7': ['db-0.db.default.svc', '10-233-64-7.db.default.svc'],
    '10.233.64.6': undefined,
    '10.233.64.30': undefined,
    '192.0.2.1': undefined,
  };
  for (const [address, expect] of Object.entries(names)) {
    test(address, () => {
      const found = resolveReverse(index, testZone, 'r', addressKey(address), recordTypes.PTR);
      const targets = found?.kind === 'records' ? found.records.map(({ data }) => String(data[0])) : undefined;
      assert.deepEqual(
        targets,
        expect?.map((name) => `${name}.cluster.local`),
      );
    });
  }
  test('have no other records', () => {
    const key = reverseAddressKey('10.0.233.10.in-addr.arpa') ?? '';
    assert.deepEqual(told(resolveReverse(index, testZone, 'r', key, recordTypes.A) as Resolution), 'NODATA');
  });
});

test('a name belongs to the zone only at the end of a label', () => {
  const names = {
    'cluster.local': '',
    'a.b.cluster.local': 'a.b',
    'acluster.local': undefined,
    local: undefined,
    [String.raw`a\.cluster.local`]: undefined,
  };
  for (const [name, relative] of Object.entries(names))
    assert.equal(relativeName(name, 'cluster.local'), relative, name);
});
