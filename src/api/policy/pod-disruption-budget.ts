import { validateConditions } from '../validation/conditions.ts';
import { validateCounts } from '../validation/status-counts.ts';
import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateNotMoreThan100Percent, validateNumberOrPercent } from '../validation/numbers.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import { PodDisruptionBudget } from './pod-disruption-budget.schema.ts';

const nothingKnown = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

function validateNumber(value: number | string | undefined, path: string): FieldError[] {
  if (value === undefined) return [];
  return [...validateNumberOrPercent(value, path), ...validateNotMoreThan100Percent(value, path)];
}

function validateBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, selector } = spec;
  const both = minAvailable !== undefined && maxUnavailable !== undefined;
  return [
    ...(both ? [invalidField('spec', spec, 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...validateNumber(minAvailable, 'spec.minAvailable'),
    ...validateNumber(maxUnavailable, 'spec.maxUnavailable'),
    ...validateLabelSelector(selector, 'spec.selector'),
  ];
}

const orNone = (value: number | string | undefined): string => (value === undefined ? 'N/A' : String(value));

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: PodDisruptionBudget,
  subresources: {
    status: true,
  },
  defaults: (budget) => ({ ...budget, status: { ...nothingKnown, ...budget.status } }),
  prepareForCreate: (budget) => ({ ...budget, status: nothingKnown }),
  validate: validateBudget,
  validateStatus: ({ status }) => [
    ...validateConditions(status.conditions, 'status.conditions'),
    ...validateCounts(status, Object.keys(nothingKnown)),
  ],
  columns: [
    nameColumn(),
    textColumn('Min Available', ({ spec }) => orNone(spec.minAvailable)),
    textColumn('Max Unavailable', ({ spec }) => orNone(spec.maxUnavailable)),
    countColumn('Allowed Disruptions', ({ status }) => status.disruptionsAllowed),
    ageColumn(),
  ],
});
