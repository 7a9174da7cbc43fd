import type { FieldError } from '../field-error.ts';
import { invalidField, notSupportedField, requiredField } from '../field-error.ts';
import { notNegative } from '../validation/numbers.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import type {
  HorizontalPodAutoscalerBehavior as Behavior,
  HPAScalingPolicy,
  HPAScalingRules,
} from './horizontal-pod-autoscaler.schema.ts';

const maxWindowSeconds = 3600;
const maxPeriodSeconds = 1800;
const selectPolicies = ['Disabled', 'Max', 'Min'];
const policyTypes = ['Percent', 'Pods'];

const usualUp: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
/** How long it is waited before there are fewer is the controller's to say. */
const usualDown: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

function defaultRules(rules: HPAScalingRules = {}, usual: HPAScalingRules): HPAScalingRules {
  const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
  return { ...usual, ...given };
}

/** Fills in how fast an autoscaler goes up and down, once it says anything about that. */
export function defaultBehavior({ scaleUp, scaleDown }: Behavior): Behavior {
  return { scaleUp: defaultRules(scaleUp, usualUp), scaleDown: defaultRules(scaleDown, usualDown) };
}

function validatePolicy({ type, value, periodSeconds: period }: HPAScalingPolicy, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!policyTypes.includes(type)) errors.push(notSupportedField(`${path}.type`, type, policyTypes));
  if (value <= 0) errors.push(invalidField(`${path}.value`, value, 'must be greater than zero'));
  if (period <= 0) errors.push(invalidField(`${path}.periodSeconds`, period, 'must be greater than zero'));
  if (period > maxPeriodSeconds) {
    errors.push(invalidField(`${path}.periodSeconds`, period, `must be less than or equal to ${maxPeriodSeconds}`));
  }
  return errors;
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  const errors: FieldError[] = [];
  if (window < 0) errors.push(invalidField(at, window, 'must be greater than or equal to zero'));
  if (window > maxWindowSeconds) {
    errors.push(invalidField(at, window, `must be less than or equal to ${maxWindowSeconds}`));
  }
  if (selectPolicy !== undefined && !selectPolicies.includes(selectPolicy)) {
    errors.push(notSupportedField(`${path}.selectPolicy`, selectPolicy, selectPolicies));
  }
  if (policies.length === 0) errors.push(requiredField(`${path}.policies`, 'must specify at least one Policy'));
  errors.push(...policies.flatMap((policy, index) => validatePolicy(policy, `${path}.policies[${index}]`)));
  const parsed = tryParseQuantity(tolerance);
  return parsed !== undefined && parsed.nanos < 0n
    ? [...errors, invalidField(`${path}.tolerance`, tolerance, notNegative)]
    : errors;
}

/** The faults of how fast an autoscaler goes up and down. */
export function validateBehavior(behavior: Behavior | undefined, path: string): FieldError[] {
  return [
    ...validateRules(behavior?.scaleUp, `${path}.scaleUp`),
    ...validateRules(behavior?.scaleDown, `${path}.scaleDown`),
  ];
}
