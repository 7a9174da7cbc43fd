import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { priorityClassKind } from './priority-class.ts';

const priorityClass = (name: string, value: number, more: object = {}) =>
  made(priorityClassKind, { metadata: { name }, value, ...more });

describe('the faults of a PriorityClass', () => {
  const reserved =
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";
  const cases: Record<string, readonly [ReturnType<typeof priorityClass>, ...faults: string[]]> = {
    none: [priorityClass('high', 1_000_000_000)],
    'too high': [
      priorityClass('high', 1_000_000_001),
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ],
    'of the system': [priorityClass('system-node-critical', 2_000_001_000)],
    'unlike that of the system': [
      priorityClass('system-node-critical', 1),
      `${reserved}value of system-node-critical PriorityClass must be 2000001000`,
    ],
    'unknown to the system': [
      priorityClass('system-mine', 1),
      `${reserved}system-mine is not a known system priority class`,
    ],
  };
  for (const [name, [object, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(priorityClassKind, object), faults));
  }
  it('a change', () => {
    const changed = priorityClass('high', 2, { preemptionPolicy: 'Never' });
    assert.deepEqual(faultsOf(priorityClassKind, changed, priorityClass('high', 1)), [
      'Value: Forbidden: may not be changed in an update.',
      'PreemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
  });
});

it('a PriorityClass is shown by its value', () => {
  assert.deepEqual(cellsOf(priorityClassKind, priorityClass('high', 5, { globalDefault: true })), {
    Name: 'high',
    Value: 5,
    'Global-Default': true,
    Age: '5m',
    PreemptionPolicy: 'PreemptLowerPriority',
  });
});
