import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, tooManyField } from '../field-error.ts';
import { validateLabelName } from '../validation/labels.ts';

const most = 4;

function validateNames(names: readonly string[], path: string): FieldError[] {
  if (names.length > most) return [tooManyField(path, names.length, most)];
  return names.flatMap((name, index) => validateLabelName(name, `${path}[${index}]`));
}

const repeated = (names: readonly string[], path: string): FieldError[] =>
  names.flatMap((name, index) => (names.indexOf(name) < index ? [duplicateField(`${path}[${index}]`, name)] : []));

interface Bound {
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
}

/** The faults of the conditions for which binding a pod waits, and of those at which it fails: both or none. */
export function validateBindingConditions(device: Bound, path: string): FieldError[] {
  const { bindingConditions: met = [], bindingFailureConditions: failed = [] } = device;
  const [metAt, failedAt] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  const one = (at: string, other: string): FieldError =>
    invalidField(at, [], `${at.slice(path.length + 1)} are required to use ${other}`);
  return [
    ...validateNames(met, metAt),
    ...validateNames(failed, failedAt),
    ...repeated(met, metAt),
    ...repeated(failed, failedAt),
    ...failed.flatMap((name, index) =>
      met.includes(name)
        ? [
            invalidField(
              `${failedAt}[${index}]`,
              name,
              'bindingFailureConditions must not overlap with bindingConditions',
            ),
          ]
        : [],
    ),
    ...(met.length === 0 && failed.length > 0 ? [one(metAt, 'bindingFailureConditions')] : []),
    ...(failed.length === 0 && met.length > 0 ? [one(failedAt, 'bindingConditions')] : []),
  ];
}
