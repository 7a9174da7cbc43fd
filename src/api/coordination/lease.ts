import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, invalidFields, notSupportedField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { Lease } from './lease.schema.ts';

const strategies = ['OldestEmulationVersion'];

function validateStrategy(strategy: string, path: string): FieldError[] {
  if (strategy.includes('/')) return invalidFields(path, strategy, qualifiedNameComplaints(strategy));
  return strategies.includes(strategy) ? [] : [notSupportedField(path, strategy, strategies)];
}

function validateLease({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds: duration, leaseTransitions, strategy, preferredHolder = '' } = spec;
  return [
    ...(duration !== undefined && duration <= 0
      ? [invalidField('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : []),
    ...validateNonNegative(leaseTransitions, 'spec.leaseTransitions'),
    ...(strategy === undefined ? [] : validateStrategy(strategy, 'spec.strategy.strategy')),
    ...(preferredHolder !== '' && (strategy ?? '') === ''
      ? [forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined')]
      : []),
  ];
}

export const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  schema: Lease,
  validate: validateLease,
  columns: [nameColumn(), textColumn('Holder', ({ spec }) => spec.holderIdentity ?? ''), ageColumn()],
});
