import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, notSupportedField, requiredField, tooLongField } from '../field-error.ts';
import type { Condition } from '../meta/meta.schema.ts';
import { validateLabelName } from './labels.ts';
import { regexComplaint } from './names.ts';

const statuses = ['False', 'True', 'Unknown'];
const maxReason = 1024;
const maxMessage = 32 * 1024;
const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonComplaint = regexComplaint(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  reasonPattern,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);
const reason = new RegExp(`^${reasonPattern}$`);

function validateReason(text: string, path: string): FieldError[] {
  if (text === '') return [requiredField(path)];
  return [
    ...(reason.test(text) ? [] : [invalidField(path, text, reasonComplaint)]),
    ...(Buffer.byteLength(text) > maxReason ? [tooLongField(path, maxReason)] : []),
  ];
}

function validateCondition(condition: Condition, path: string): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime = '', message = '' } = condition;
  return [
    ...validateLabelName(type, `${path}.type`),
    ...(statuses.includes(status) ? [] : [notSupportedField(`${path}.status`, status, statuses)]),
    ...(observedGeneration < 0
      ? [invalidField(`${path}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')]
      : []),
    ...(lastTransitionTime === '' ? [requiredField(`${path}.lastTransitionTime`)] : []),
    ...validateReason(condition.reason ?? '', `${path}.reason`),
    ...(Buffer.byteLength(message) > maxMessage ? [tooLongField(`${path}.message`, maxMessage)] : []),
  ];
}

/** The faults of the conditions of a status, of the form that all kinds share. */
export function validateConditions(conditions: readonly Condition[] = [], path: string): FieldError[] {
  const types = conditions.map(({ type }) => type);
  return conditions.flatMap((condition, index) => [
    ...(types.indexOf(condition.type) < index ? [duplicateField(`${path}[${index}].type`, condition.type)] : []),
    ...validateCondition(condition, `${path}[${index}]`),
  ]);
}
