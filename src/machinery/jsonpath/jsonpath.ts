import { getField, isJsonObject, jsonEqual } from '../json.ts';
import type { Filter, Operand, Operator, Step } from './parse.ts';
import { parsePath } from './parse.ts';

export { JsonPathError } from './parse.ts';

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

function descendantsOf(value: unknown): unknown[] {
  return [value, ...childrenOf(value).flatMap(descendantsOf)];
}

function operandValue(operand: Operand, item: unknown): unknown {
  return 'path' in operand ? walk(operand.path, [item])[0] : operand.value;
}

function compares(left: unknown, operator: Operator, right: unknown): boolean {
  switch (operator) {
    case '==':
      return jsonEqual(left, right);
    case '!=':
      return !jsonEqual(left, right);
  }
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const other = right as number | string;
  if (operator === '<') return left < other;
  if (operator === '<=') return left <= other;
  return operator === '>' ? left > other : left >= other;
}

function passes({ left, operator, right }: Filter, item: unknown): boolean {
  const value = operandValue(left, item);
  if (operator === undefined || right === undefined) return value !== undefined;
  return value !== undefined && compares(value, operator, operandValue(right, item));
}

function take(step: Step, value: unknown): readonly unknown[] {
  switch (step.op) {
    case 'field': {
      if (!isJsonObject(value)) return [];
      return step.names.map((name) => getField(value, name)).filter((found) => found !== undefined);
    }
    case 'wildcard':
      return childrenOf(value);
    case 'descend':
      return descendantsOf(value);
    case 'index':
      return Array.isArray(value) ? step.indexes.map((index) => value.at(index)).filter((v) => v !== undefined) : [];
    case 'slice': {
      if (!Array.isArray(value) || step.stride < 1) return [];
      return value.slice(step.start, step.end).filter((_, index) => index % step.stride === 0);
    }
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => passes(step.filter, item)) : [];
  }
}

function walk(steps: readonly Step[], start: readonly unknown[]): readonly unknown[] {
  return steps.reduce((values, step) => values.flatMap((value) => take(step, value)), start);
}

/** Finds all values that a path leads to; throws JsonPathError for a path that cannot be read. */
export function compileJsonPath(text: string): (object: unknown) => readonly unknown[] {
  const steps = parsePath(text);
  return (object) => walk(steps, [object]);
}
