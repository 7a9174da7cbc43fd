import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import type { LabelSelector } from '../meta/meta.schema.ts';
import { isEmptySelector, validateLabelSelector } from '../values/label-selector.ts';

/** The faults of a workload's selector; an empty one would take every pod. A missing one is the schema's to report. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  kind: string,
  path: string,
): FieldError[] {
  if (selector === undefined) return [];
  const empty = isEmptySelector(selector)
    ? [invalidField(path, selector, `empty selector is invalid for ${kind}`)]
    : [];
  return [...validateLabelSelector(selector, path), ...empty];
}
