import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../field-error.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../meta/meta.schema.ts';
import { validateLabelName, validateLabels } from '../validation/labels.ts';
import { labelValueComplaints } from '../validation/names.ts';

type Labels = Readonly<Record<string, string>>;

function validateRequirement(requirement: LabelSelectorRequirement, path: string): FieldError[] {
  const { key, operator, values = [] } = requirement;
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(requiredField(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
    }
  } else errors.push(invalidField(`${path}.operator`, operator, 'not a valid selector operator'));
  errors.push(...validateLabelName(key, `${path}.key`));
  for (const [index, value] of values.entries()) {
    errors.push(...labelValueComplaints(value).map((text) => invalidField(`${path}.values[${index}]`, value, text)));
  }
  return errors;
}

/** The faults of a label selector at `path`; a missing one has none. */
export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  if (selector === undefined) return [];
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((requirement, index) =>
      validateRequirement(requirement, `${path}.matchExpressions[${index}]`),
    ),
  ];
}

/** True for a selector without any requirement. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

function meets(labels: Labels, { key, operator, values = [] }: LabelSelectorRequirement): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  return value === undefined || !values.includes(value);
}

/** True when `labels` meet every requirement; a selector that is empty matches everything, a missing one nothing. */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (selector === undefined) return false;
  const matchLabels = Object.entries(selector.matchLabels ?? {});
  return (
    matchLabels.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => meets(labels, requirement))
  );
}

function formatRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.toSorted().join(',')})`;
}

/** Labels as kubectl prints them: `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Labels | undefined): string {
  const parts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return parts.length === 0 ? '<none>' : parts.toSorted().join(',');
}

/** A selector in the notation of `kubectl -l`, ordered by key, or `<none>`. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const requirements = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector?.matchExpressions ?? []).map((item) => ({ key: item.key, text: formatRequirement(item) })),
  ];
  if (requirements.length === 0) return '<none>';
  const sorted = requirements.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return sorted.map(({ text }) => text).join(',');
}
