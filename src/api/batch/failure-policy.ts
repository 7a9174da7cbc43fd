import type { FieldError } from '../field-error.ts';
import {
  duplicateField,
  invalidField,
  invalidFields,
  invalidWhole,
  notSupportedField,
  tooManyField,
} from '../field-error.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement as ExitCodes,
  PodFailurePolicyOnPodConditionsPattern as ConditionPattern,
  PodFailurePolicyRule,
} from './shared.schema.ts';

const maxRules = 20;
const maxExitCodes = 255;
const maxConditions = 20;
const conditionStatuses = ['False', 'True', 'Unknown'];

function validateExitCodes(codes: ExitCodes, names: ReadonlySet<string>, path: string): FieldError[] {
  const { containerName, operator, values } = codes;
  const at = `${path}.values`;
  const errors: FieldError[] = [];
  if (containerName !== undefined && !names.has(containerName)) {
    const message = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidField(`${path}.containerName`, containerName, message));
  }
  if (values.length === 0) errors.push(invalidField(at, values, 'at least one value is required'));
  if (values.length > maxExitCodes) errors.push(tooManyField(at, values.length, maxExitCodes));
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(invalidField(`${at}[${index}]`, value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) < index) errors.push(duplicateField(`${at}[${index}]`, value));
  }
  const isOrdered = values.every((value, index) => index === 0 || value >= (values[index - 1] ?? value));
  return isOrdered ? errors : [...errors, invalidField(at, values, 'must be ordered')];
}

function validateConditions(patterns: readonly ConditionPattern[], path: string): FieldError[] {
  return [
    ...(patterns.length > maxConditions ? [tooManyField(path, patterns.length, maxConditions)] : []),
    ...patterns.flatMap(({ type, status = 'True' }, index) => [
      ...invalidFields(`${path}[${index}].type`, type, qualifiedNameComplaints(type)),
      ...(conditionStatuses.includes(status)
        ? []
        : [notSupportedField(`${path}[${index}].status`, status, conditionStatuses)]),
    ]),
  ];
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const { containers = [], initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  const errors: FieldError[] = [];
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalidField(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes !== undefined) errors.push(...validateExitCodes(onExitCodes, names, `${path}.onExitCodes`));
  errors.push(...validateConditions(onPodConditions, `${path}.onPodConditions`));
  const [byCode, byCondition] = [onExitCodes !== undefined, onPodConditions.length > 0];
  if (byCode && byCondition) {
    errors.push(invalidWhole(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  } else if (!byCode && !byCondition) {
    errors.push(invalidWhole(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

/** The faults of the rules that say what a failed pod means for its Job. */
export function validateFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  return [
    ...(rules.length > maxRules ? [tooManyField(`${path}.rules`, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, index) => validateRule(rule, spec, `${path}.rules[${index}]`)),
  ];
}
