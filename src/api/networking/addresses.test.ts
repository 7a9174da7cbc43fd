import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { ipAddressKind } from './ip-address.ts';
import { serviceCIDRKind } from './service-cidr.ts';

const parentRef = { group: '', resource: 'services', namespace: 'default', name: 'kubernetes' };

describe('an IPAddress', () => {
  const named = (name: string) => made(ipAddressKind, { metadata: { name }, spec: { parentRef } });
  it('is shown with the Service that has it', () => {
    assert.deepEqual(cellsOf(ipAddressKind, named('10.0.0.1')), {
      Name: '10.0.0.1',
      ParentRef: 'services/default/kubernetes',
    });
  });
  it('has an address for a name, written in one way', () => {
    const messages = (name: string) => validateObjectMeta(ipAddressKind, named(name)).map(({ message }) => message);
    assert.deepEqual(messages('2001:db8::1'), []);
    assert.deepEqual(messages('2001:DB8::1'), ['Invalid value: "2001:DB8::1": must be a canonical format IP address']);
    assert.deepEqual(messages('one'), ['Invalid value: "one": ParseAddr("one"): unable to parse IP']);
  });
  it('stays with its Service', () => {
    const moved = made(ipAddressKind, { spec: { parentRef: { ...parentRef, name: 'other' } } });
    assert.match(faultsOf(ipAddressKind, moved, named('test')).join(), /^spec\.parentRef: .*: field is immutable$/);
    const empty = made(ipAddressKind, { spec: { parentRef: { resource: '', name: '' } } });
    assert.deepEqual(faultsOf(ipAddressKind, empty), [
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Required value',
    ]);
  });
});

describe('a ServiceCIDR', () => {
  const ranges = (...cidrs: string[]) => made(serviceCIDRKind, { spec: { cidrs } });
  const cases: Record<string, readonly [string[], ...faults: string[]]> = {
    none: [['10.0.0.0/24', '2001:db8::/108']],
    'no range': [[], 'spec.cidrs: Required value: at least one CIDR required'],
    'two of a kind': [
      ['10.0.0.0/24', '10.0.1.0/24'],
      'spec.cidrs: Invalid value: {"cidrs":["10.0.0.0/24","10.0.1.0/24"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
    'not its first address': [
      ['10.0.0.1/24'],
      'spec.cidrs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length',
    ],
  };
  for (const [name, [cidrs, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(serviceCIDRKind, ranges(...cidrs)), faults));
  }
  it('may get a second family, and no other range', () => {
    const old = ranges('10.0.0.0/24');
    assert.deepEqual(faultsOf(serviceCIDRKind, ranges('10.0.0.0/24', '2001:db8::/108'), old), []);
    assert.deepEqual(faultsOf(serviceCIDRKind, ranges('10.0.1.0/24'), old), [
      'spec.cidrs: Invalid value: ["10.0.1.0/24"]: field is immutable',
    ]);
    assert.equal(cellsOf(serviceCIDRKind, old)['CIDRs'], '10.0.0.0/24');
  });
});
