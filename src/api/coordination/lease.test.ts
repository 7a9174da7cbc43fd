import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { leaseKind } from './lease.ts';

describe('the faults of a Lease', () => {
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{ holderIdentity: 'a', leaseDurationSeconds: 40, leaseTransitions: 0 }],
    'no time': [{ leaseDurationSeconds: 0 }, 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    'a holder preferred by nobody': [
      { preferredHolder: 'a' },
      'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
    ],
  };
  for (const [name, [spec, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(leaseKind, made(leaseKind, { spec })), faults));
  }
});

it('a Lease is shown by its holder', () => {
  assert.deepEqual(cellsOf(leaseKind, made(leaseKind, { spec: { holderIdentity: 'a' } })), {
    Name: 'test',
    Holder: 'a',
    Age: '5m',
  });
});
