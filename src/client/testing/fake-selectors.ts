import type { KubeObject } from '../../api/object.ts';

type Requirement = (value: string | undefined) => boolean;

function valuesOf(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((value) => value.trim()));
}

/** One comma-free requirement of a label selector, as its key and its test. */
function labelRequirement(text: string): [key: string, test: Requirement] {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = valuesOf(list);
    return [key, (value) => (value !== undefined && values.has(value)) === (operator === 'in')];
  }
  const pair = /^([^!=\s]+)\s*(==|=|!=)\s*(.*)$/.exec(text);
  if (pair !== null) {
    const [, key = '', operator, expected] = pair;
    return [key, (value) => (value === expected) === (operator !== '!=')];
  }
  return text.startsWith('!')
    ? [text.slice(1).trim(), (value) => value === undefined]
    : [text, (value) => value !== undefined];
}

/** A test for the label selector forms that clients send. */
export function labelMatcher(selector: string): (object: KubeObject) => boolean {
  // Commas part requirements, except inside the parentheses of a set.
  const parts = selector.split(/,(?![^(]*\))/).map((part) => part.trim());
  const requirements = parts.filter((part) => part !== '').map(labelRequirement);
  return (object) => requirements.every(([key, test]) => test(object.metadata.labels?.[key]));
}

/** A test for a field selector; any path is taken, where a real server has a list for each kind. */
export function fieldMatcher(selector: string): (object: KubeObject) => boolean {
  const requirements = selector
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, path = '', operator, expected = ''] = /^([^!=]+)(==|=|!=)(.*)$/.exec(part.trim()) ?? [];
      return { path: path.split('.'), equal: operator !== '!=', expected };
    });
  return (object) =>
    requirements.every(({ path, equal, expected }) => (fieldText(object, path) === expected) === equal);
}

function fieldText(object: unknown, path: readonly string[]): string {
  let value = object;
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  }
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? String(value) : '';
}
