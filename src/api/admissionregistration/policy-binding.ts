import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidFields, requiredField } from '../field-error.ts';
import type { Column } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import { ifSet } from '../values/if-set.ts';
import { paramRefCell, validateParamRef } from './expressions.ts';
import { defaultMatchResources, validateMatchResources } from './rules.ts';
import type { MatchResources, ParamRef } from './shared.schema.ts';

interface AnySpec {
  readonly policyName?: string | undefined;
  readonly paramRef?: ParamRef | undefined;
  readonly matchResources?: MatchResources | undefined;
}
interface AnyBinding extends KubeObject {
  readonly spec: AnySpec;
}

/** Fills in what a binding of a policy leaves out. */
export function defaultBindingSpec<T extends AnySpec>(spec: T): T {
  return {
    ...spec,
    ...ifSet('paramRef', spec.paramRef, (ref) => ({
      ...ref,
      parameterNotFoundAction: ref.parameterNotFoundAction ?? 'Deny',
    })),
    ...ifSet('matchResources', spec.matchResources, defaultMatchResources),
  };
}

/** The faults of which policy is bound, with which parameters and where. */
export function validateBindingSpec(
  { policyName = '', paramRef, matchResources }: AnySpec,
  operations?: readonly string[],
): FieldError[] {
  return [
    ...(policyName === ''
      ? [requiredField('spec.policyName')]
      : invalidFields('spec.policyName', policyName, dnsSubdomainComplaints(policyName))),
    ...validateParamRef(paramRef, 'spec.paramRef'),
    ...validateMatchResources(matchResources, 'spec.matchResources', operations),
  ];
}

/** The columns of bindings of policies. */
export const policyBindingColumns: readonly Column<AnyBinding>[] = [
  nameColumn(),
  textColumn('PolicyName', ({ spec }) => spec.policyName ?? ''),
  textColumn('ParamRef', ({ spec }) => paramRefCell(spec.paramRef)),
  ageColumn(),
];
