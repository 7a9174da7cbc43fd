import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { PriorityClass } from './priority-class.schema.ts';

const systemPrefix = 'system-';
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
/** What is above is kept for what a cluster cannot do without. */
const highest = 1_000_000_000;

/** What tells a class from the one that every cluster has under its name; undefined when nothing does. */
function unlikeSystemClass(name: string, value: number, globalDefault: boolean): string | undefined {
  const expected = Object.hasOwn(systemClasses, name) ? systemClasses[name] : undefined;
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validateClass({ metadata: { name = '' }, value = 0, globalDefault = false }: PriorityClass): FieldError[] {
  if (!name.startsWith(systemPrefix)) {
    const message = `maximum allowed value of a user defined priority is ${highest}`;
    return value > highest ? [forbiddenField('value', message)] : [];
  }
  const difference = unlikeSystemClass(name, value, globalDefault);
  if (difference === undefined) return [];
  const message = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${difference}`;
  return [forbiddenField('metadata.name', message)];
}

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: PriorityClass,
  defaults: (priorityClass) => ({
    ...priorityClass,
    value: priorityClass.value ?? 0,
    preemptionPolicy: priorityClass.preemptionPolicy ?? 'PreemptLowerPriority',
  }),
  validate: validateClass,
  validateUpdate: ({ value, preemptionPolicy }, old) => [
    ...(value === old.value ? [] : [forbiddenField('Value', 'may not be changed in an update.')]),
    ...validateImmutable(preemptionPolicy, old.preemptionPolicy, 'PreemptionPolicy'),
  ],
  columns: [
    nameColumn(),
    countColumn('Value', ({ value }) => value),
    { name: 'Global-Default', type: 'boolean', cell: ({ globalDefault }) => globalDefault === true },
    ageColumn(),
    textColumn('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],
});
