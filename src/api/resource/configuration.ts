import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, notSupportedField, requiredField, tooLongField } from '../field-error.ts';
import { validateLabelName } from '../validation/labels.ts';
import { labelValueComplaints } from '../validation/names.ts';
import type { DeviceConfiguration, DeviceSelector, DeviceToleration } from './device-configuration.schema.ts';
import { validateItems } from './items.ts';
import { validateDriverName } from './names.ts';

const maxSelectors = 32;
const maxExpression = 10 * 1024;
const maxParameters = 10 * 1024;
/** How many configurations there may be in a class or a claim. */
export const maxConfigurations = 32;
export const taintEffects = ['NoExecute', 'NoSchedule', 'None'];

/** The faults of the expressions that choose devices, but for what a compiler finds. */
export function validateSelectors(selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] {
  return validateItems(selectors, path, {
    most: maxSelectors,
    each: ({ cel }, at) => {
      if (cel === undefined) return [requiredField(`${at}.cel`)];
      const isLong = Buffer.byteLength(cel.expression) > maxExpression;
      return isLong ? [tooLongField(`${at}.cel.expression`, maxExpression)] : [];
    },
  });
}

/** The faults of an object that a driver alone understands. */
export function validateOpaque(value: unknown, path: string): FieldError[] {
  if (value === undefined || value === null) return [requiredField(path)];
  if (Buffer.byteLength(JSON.stringify(value)) > maxParameters) return [tooLongField(path, maxParameters)];
  const isObject = typeof value === 'object' && !Array.isArray(value);
  return isObject ? [] : [invalidField(path, '<value omitted>', 'must be a valid JSON object')];
}

/** The faults of what a driver is told about the devices of a class or a claim. */
export function validateConfiguration({ opaque }: DeviceConfiguration, path: string): FieldError[] {
  if (opaque === undefined) return [requiredField(`${path}.opaque`)];
  return [
    ...validateDriverName(opaque.driver, `${path}.opaque.driver`),
    ...validateOpaque(opaque.parameters, `${path}.opaque.parameters`),
  ];
}

function validateOperator({ operator = '', value = '' }: DeviceToleration, path: string): FieldError[] {
  if (operator === '') return [requiredField(`${path}.operator`)];
  if (operator === 'Exists') {
    return value === '' ? [] : [invalidField(`${path}.value`, value, 'must be empty for operator `Exists`')];
  }
  if (operator === 'Equal') return invalidFields(`${path}.value`, value, labelValueComplaints(value));
  return [notSupportedField(`${path}.operator`, operator, ['Equal', 'Exists'])];
}

/** The faults of the taints of devices that a request bears. */
export function validateTolerations(tolerations: readonly DeviceToleration[] | undefined, path: string): FieldError[] {
  return validateItems(tolerations, path, {
    each: (toleration, at) => {
      const { key = '', effect = '' } = toleration;
      return [
        ...(key === '' ? [] : validateLabelName(key, `${at}.key`)),
        ...validateOperator(toleration, at),
        ...(effect === '' || taintEffects.includes(effect)
          ? []
          : [notSupportedField(`${at}.effect`, effect, taintEffects)]),
      ];
    },
  });
}
