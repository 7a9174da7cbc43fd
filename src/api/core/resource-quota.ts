import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { isQuotaResource, validateQuotaResourceName } from './resource-names.ts';
import { ResourceQuota } from './resource-quota.schema.ts';
import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from './resource-quota.schema.ts';
import { validateAmount } from './resources.ts';

const podCounts = ['pods'];
const podAmounts = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const ofPods = [...podCounts, ...podAmounts];
/** The standard resources that a quota of each scope may limit. */
const resourcesOfScope: Readonly<Record<string, readonly string[]>> = {
  BestEffort: podCounts,
  NotBestEffort: ofPods,
  Terminating: ofPods,
  NotTerminating: ofPods,
  PriorityClass: ofPods,
  CrossNamespacePodAffinity: ofPods,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const existsOnly = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'];

function validateScopeNames(
  names: readonly string[],
  spec: ResourceQuotaSpec,
  { path, value }: { readonly path: string; readonly value: unknown },
): FieldError[] {
  const hard = Object.keys(spec.hard ?? {}).filter(isQuotaResource);
  const errors = names.flatMap((name) => {
    const allowed = Object.hasOwn(resourcesOfScope, name) ? resourcesOfScope[name] : undefined;
    if (allowed === undefined) return [invalidField(path, value, 'unsupported scope')];
    return hard
      .filter((resource) => !allowed.includes(resource))
      .map(() => invalidField(path, value, 'unsupported scope applied to resource'));
  });
  const clash = conflicts.some((pair) => pair.every((name) => names.includes(name)));
  return clash ? [...errors, invalidField(path, value, 'conflicting scopes')] : errors;
}

function validateRequirement(requirement: ScopedResourceSelectorRequirement, path: string): FieldError[] {
  const { scopeName, operator, values = [] } = requirement;
  const errors: FieldError[] = [];
  if (existsOnly.includes(scopeName) && operator !== 'Exists') {
    const message =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalidField(`${path}.operator`, operator, message));
  }
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues && values.length === 0) {
    const message = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    errors.push(requiredField(`${path}.values`, message));
  } else if (!needsValues && values.length > 0) {
    const message = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    errors.push(invalidField(`${path}.values`, values, message));
  }
  return errors;
}

function validateQuota({ spec }: ResourceQuota): FieldError[] {
  const { hard = {}, scopes = [], scopeSelector } = spec;
  const requirements = scopeSelector?.matchExpressions ?? [];
  const names = requirements.map(({ scopeName }) => scopeName);
  const at = 'spec.scopeSelector.matchExpressions';
  return [
    ...Object.entries(hard).flatMap(([name, amount]) => [
      ...validateQuotaResourceName(name, `spec.hard[${name}]`),
      ...validateAmount(name, amount, `spec.hard[${name}]`),
    ]),
    ...validateScopeNames(scopes, spec, { path: 'spec.scopes', value: scopes }),
    ...validateScopeNames(names, spec, { path: at, value: scopeSelector }),
    ...requirements.flatMap((requirement) => validateRequirement(requirement, at)),
  ];
}

/** Each limited resource with what is used of it; limits of what containers may use stand in a column of their own. */
function amountsCell(ofLimits: boolean) {
  return ({ status: { hard = {}, used = {} } }: ResourceQuota): string =>
    Object.entries(hard)
      .filter(([name]) => name.startsWith('limits.') === ofLimits)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, most]) => `${name}: ${used[name] ?? '0'}/${most}`)
      .join(', ');
}

export const resourceQuotaKind = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  schema: ResourceQuota,
  subresources: {
    status: true,
  },
  validate: validateQuota,
  validateUpdate: ({ spec }, { spec: old }) =>
    validateImmutable((spec.scopes ?? []).toSorted(), (old.scopes ?? []).toSorted(), 'spec.scopes'),
  validateStatus: ({ status = {} }) =>
    (['hard', 'used'] as const).flatMap((list) =>
      Object.entries(status[list] ?? {}).flatMap(([name, amount]) => [
        ...validateQuotaResourceName(name, `status.${list}[${name}]`),
        ...validateAmount(name, amount, `status.${list}[${name}]`),
      ]),
    ),
  columns: [
    nameColumn(),
    textColumn('Request', amountsCell(false)),
    textColumn('Limit', amountsCell(true)),
    ageColumn(),
  ],
});
