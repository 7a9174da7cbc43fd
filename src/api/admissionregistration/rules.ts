import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import { pathSegmentComplaints } from '../validation/names.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import type { MatchResources, NamedRuleWithOperations, RuleWithOperations } from './shared.schema.ts';

const scopes = ['*', 'Cluster', 'Namespaced'];

/** Fills in where a rule holds: everywhere. */
export const defaultRule = <T extends RuleWithOperations>(rule: T): T => ({ ...rule, scope: rule.scope ?? '*' });

/** Fills in what a policy is about. */
export function defaultMatchResources(match: MatchResources): MatchResources {
  const { resourceRules, excludeResourceRules } = match;
  return {
    ...match,
    matchPolicy: match.matchPolicy ?? 'Equivalent',
    namespaceSelector: match.namespaceSelector ?? {},
    objectSelector: match.objectSelector ?? {},
    ...(resourceRules === undefined ? {} : { resourceRules: resourceRules.map(defaultRule) }),
    ...(excludeResourceRules === undefined ? {} : { excludeResourceRules: excludeResourceRules.map(defaultRule) }),
  };
}

/** Refuses nothing, and anything beside `*`. */
function validateWild(values: readonly string[] | undefined, path: string, what: string): FieldError[] {
  if (values === undefined || values.length === 0) return [requiredField(path)];
  return values.length > 1 && values.includes('*')
    ? [invalidField(path, values, `if '*' is present, must not specify other ${what}`)]
    : [];
}

/** Resources, with and without subresources, either of them perhaps a star: none may be covered by another. */
function validateResources(resources: readonly string[] = [], path: string): FieldError[] {
  if (resources.length === 0) return [requiredField(path)];
  const errors = resources.flatMap((resource, index) => {
    const at = `${path}[${index}]`;
    if (resource === '') return [requiredField(at)];
    const slash = resource.indexOf('/');
    if (slash < 0) return [];
    const before = resources.slice(0, index);
    const wider = [`${resource.slice(0, slash)}/*`, `*/${resource.slice(slash + 1)}`];
    return wider
      .filter((other) => before.includes(other))
      .map((other) => invalidField(at, resource, `if '${other}' is present, must not specify ${resource}`));
  });
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalidField(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && resources.some((resource) => resource !== '*' && !resource.includes('/'))) {
    const message = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidField(path, resources, message));
  }
  return errors;
}

/** The faults of a rule: on which requests, by group, version, resource and operation, something is done. */
export function validateRule(rule: RuleWithOperations, path: string): FieldError[] {
  const { operations, apiGroups, apiVersions, resources, scope } = rule;
  return [
    ...validateWild(operations, `${path}.operations`, 'operations'),
    ...validateWild(apiGroups, `${path}.apiGroups`, 'API groups'),
    ...validateWild(apiVersions, `${path}.apiVersions`, 'API versions'),
    ...(apiVersions ?? []).flatMap((version, index) =>
      version === '' ? [requiredField(`${path}.apiVersions[${index}]`)] : [],
    ),
    ...validateResources(resources, `${path}.resources`),
    ...(scope === undefined || scopes.includes(scope) ? [] : [notSupportedField(`${path}.scope`, scope, scopes)]),
  ];
}

function validateNamedRule(rule: NamedRuleWithOperations, operations: readonly string[], path: string): FieldError[] {
  const names = rule.resourceNames ?? [];
  return [
    ...names.flatMap((name, index) => {
      const at = `${path}.resourceNames[${index}]`;
      const repeated = names.indexOf(name) < index;
      return [...invalidFields(at, name, pathSegmentComplaints(name)), ...(repeated ? [duplicateField(at, name)] : [])];
    }),
    ...(rule.operations ?? []).flatMap((operation, index) =>
      operations.includes(operation) ? [] : [notSupportedField(`${path}.operations[${index}]`, operation, operations)],
    ),
    ...validateRule(rule, path),
  ];
}

const allOperations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

/** The faults of what a policy is about; `operations` are those that it may be about. */
export function validateMatchResources(
  match: MatchResources | undefined,
  path: string,
  operations: readonly string[] = allOperations,
): FieldError[] {
  if (match === undefined) return [];
  return [
    ...validateLabelSelector(match.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(match.objectSelector, `${path}.objectSelector`),
    ...(['resourceRules', 'excludeResourceRules'] as const).flatMap((field) =>
      (match[field] ?? []).flatMap((rule, index) => validateNamedRule(rule, operations, `${path}.${field}[${index}]`)),
    ),
  ];
}
