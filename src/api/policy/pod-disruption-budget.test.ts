import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { podDisruptionBudgetKind } from './pod-disruption-budget.ts';

const budget = (spec: object, status: object = {}) => made(podDisruptionBudgetKind, { spec, status });

describe('the faults of a PodDisruptionBudget', () => {
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{ minAvailable: '50%', selector: {} }],
    both: [
      { minAvailable: 1, maxUnavailable: 1 },
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
    'more than all': [
      { maxUnavailable: '101%' },
      'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    'less than none': [
      { minAvailable: -1 },
      'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0',
    ],
  };
  for (const [name, [spec, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(podDisruptionBudgetKind, budget(spec)), faults));
  }
});

it('a PodDisruptionBudget is shown by what it allows; what a client says of that is dropped', () => {
  assert.deepEqual(cellsOf(podDisruptionBudgetKind, budget({ minAvailable: 0 }, { disruptionsAllowed: 5 })), {
    Name: 'test',
    'Min Available': '0',
    'Max Unavailable': 'N/A',
    'Allowed Disruptions': 0,
    Age: '5m',
  });
});
