import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField, tooLongField, tooManyField } from '../field-error.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { countIndexes, IndexesError } from './indexes.ts';
import type { JobSpec, SuccessPolicyRule } from './shared.schema.ts';

const maxRules = 20;
const maxIndexesBytes = 64 * 1024;

function validateIndexes(text: string, completions: number, path: string): readonly [number, FieldError[]] {
  const errors = text.length > maxIndexesBytes ? [tooLongField(path, maxIndexesBytes)] : [];
  try {
    return [countIndexes(text, completions), errors];
  } catch (error) {
    if (!(error instanceof IndexesError)) throw error;
    return [0, [...errors, invalidField(path, text, `error parsing succeededIndexes: ${error.message}`)]];
  }
}

function validateRule(rule: SuccessPolicyRule, completions: number, path: string): FieldError[] {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined) {
    return [requiredField(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const [total, errors] = validateIndexes(succeededIndexes ?? '', completions, `${path}.succeededIndexes`);
  if (succeededCount === undefined) return errors;
  const field = `${path}.succeededCount`;
  const atMost = (limit: number, what: string): FieldError[] =>
    succeededCount > limit
      ? [invalidField(field, succeededCount, `must be less than or equal to ${limit} (${what})`)]
      : [];
  return [
    ...errors,
    ...validateNonNegative(succeededCount, field),
    ...atMost(completions, 'the number of specified completions'),
    ...(succeededIndexes === undefined
      ? []
      : atMost(total, 'the number of indexes in the specified succeededIndexes field')),
  ];
}

/** The faults of the rules by which a Job with numbered pods succeeds before all of them have. */
export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  const { successPolicy, completionMode, completions } = spec;
  if (successPolicy === undefined) return [];
  if (completionMode !== 'Indexed') return [invalidField(path, successPolicy, 'requires indexed completion mode')];
  const { rules } = successPolicy;
  const at = `${path}.rules`;
  const missing = 'at least one rules must be specified when the successPolicy is specified';
  return [
    ...(rules.length === 0 ? [requiredField(at, missing)] : []),
    ...(rules.length > maxRules ? [tooManyField(at, rules.length, maxRules)] : []),
    ...(completions === undefined
      ? []
      : rules.flatMap((rule, index) => validateRule(rule, completions, `${at}[${index}]`))),
  ];
}
