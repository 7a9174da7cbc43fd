import { StatusError } from '../../api/status-error.ts';
import { labelValueComplaints, qualifiedNameComplaints } from '../../api/validation/names.ts';

export type Labels = Readonly<Record<string, string>>;
export type SelectorOperator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition on the labels of an object; all of a selector's must hold. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without repeats. */
  readonly values: readonly string[];
}

/** A parsed label selector. */
export interface Selector {
  readonly requirements: readonly SelectorRequirement[];
  /** True when every requirement holds; a selector without any matches everything. */
  readonly matches: (labels: Labels | undefined) => boolean;
}

const noLabels: Labels = {};
const integer = /^[+-]?\d{1,19}$/;

function holds({ key, operator, values }: SelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      if (value === undefined || !integer.test(value)) return false;
      const limit = BigInt(values[0] ?? '0');
      return operator === 'gt' ? BigInt(value) > limit : BigInt(value) < limit;
    }
  }
}

/** A selector of these requirements. */
export function selectorOf(requirements: readonly SelectorRequirement[]): Selector {
  return {
    requirements,
    matches: (labels = noLabels) => requirements.every((requirement) => holds(requirement, labels)),
  };
}

/** Matches every object. */
export const everything: Selector = selectorOf([]);
/** Matches no object: what a missing selector means in most kinds. */
export const nothing: Selector = { requirements: [], matches: () => false };

function bad(message: string): StatusError {
  return new StatusError('BadRequest', message);
}

/** Throws when a label can't have this key. Upstream gives no field here, and Go prints the missing one. */
export function checkLabelKey(key: string): void {
  const complaints = qualifiedNameComplaints(key);
  if (complaints.length > 0) throw bad(`<nil>: Invalid value: ${JSON.stringify(key)}: ${complaints.join('; ')}`);
}

function checkValueCount(operator: SelectorOperator, values: readonly string[]): void {
  const shown = `[${values.map((value) => JSON.stringify(value)).join(',')}]`;
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    throw bad(`values: Invalid value: ${shown}: for 'in', 'notin' operators, values set can't be empty`);
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    throw bad(`values: Invalid value: ${shown}: values set must be empty for exists and does not exist`);
  }
  if ((operator === '=' || operator === '!=') && values.length !== 1) {
    throw bad(`values: Invalid value: ${shown}: exact-match compatibility requires one single value`);
  }
  if ((operator === 'gt' || operator === 'lt') && values.length !== 1) {
    throw bad(`values: Invalid value: ${shown}: for 'Gt', 'Lt' operators, exactly one value is required`);
  }
}

/** Checks a requirement as upstream does and puts its values in order; throws a BadRequest. */
export function requirement(key: string, operator: SelectorOperator, given: Iterable<string>): SelectorRequirement {
  checkLabelKey(key);
  const values = [...new Set(given)].sort();
  checkValueCount(operator, values);
  for (const [index, value] of values.entries()) {
    if ((operator === 'gt' || operator === 'lt') && !integer.test(value)) {
      throw bad(
        `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const complaints = labelValueComplaints(value);
    if (complaints.length > 0) {
      throw bad(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${complaints.join('; ')}`);
    }
  }
  return { key, operator, values };
}

/** A selector in the notation that `parseLabelSelector` reads. */
export function formatSelector(selector: Selector): string {
  return selector.requirements
    .map(({ key, operator, values }) => {
      if (operator === 'exists') return key;
      if (operator === '!') return `!${key}`;
      if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${values.join(',')})`;
      return `${key}${{ '=': '=', '!=': '!=', gt: '>', lt: '<' }[operator]}${values[0] ?? ''}`;
    })
    .join(',');
}
