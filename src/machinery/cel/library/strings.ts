import type { Environment } from '@marcbachmann/cel-js';
import { linearRegExp } from '../../regexp/regexp.ts';
import { charge } from '../budget.ts';
import { CelValueError } from '../values.ts';

const sync = { async: false };

function replace(text: string, from: string, to: string, limit: number): string {
  const parts = text.split(from);
  const count = limit < 0 ? parts.length - 1 : Math.min(limit, parts.length - 1);
  charge((text.length + count * to.length) / 10);
  if (count < parts.length - 1) {
    const kept = parts.slice(0, count + 1).join(to);
    return [kept, ...parts.slice(count + 1)].join(from);
  }
  return parts.join(to);
}

function charAt(text: string, index: number): string {
  const characters = Array.from(text);
  if (index < 0 || index > characters.length) throw new CelValueError(`index out of range: ${index}`);
  return characters[index] ?? '';
}

function matches(text: string, pattern: string): boolean {
  charge((text.length + pattern.length) / 10);
  return linearRegExp(pattern).test(text);
}

function find(text: string, pattern: string): string {
  charge((text.length + pattern.length) / 10);
  const span = linearRegExp(pattern).find(text);
  return span === undefined ? '' : text.slice(span.start, span.end);
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const expression = linearRegExp(pattern);
  const found: string[] = [];
  for (let at = 0; at <= text.length && (limit < 0 || found.length < limit);) {
    charge(1 + text.length / 10);
    const span = expression.find(text, at);
    if (span === undefined) break;
    found.push(text.slice(span.start, span.end));
    at = span.end > span.start ? span.end : span.end + 1;
  }
  return found;
}

/** A value as `%s` shows it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${shown(key)}: ${shown(item)}`).join(', ')}}`;
  if (typeof value === 'object' && value !== null && value.constructor === Object) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${shown(item)}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** `"%s is %d".format(["a", 1])`: https://pkg.go.dev/github.com/google/cel-go/ext#Strings */
function format(template: string, values: readonly unknown[]): string {
  let next = 0;
  const text = template.replaceAll(/%(?:%|(?:\.(\d+))?([sdfebxXo]))/g, (verb, precision?: string, kind?: string) => {
    if (verb === '%%') return '%';
    if (next >= values.length) throw new CelValueError(`index ${next} out of range`);
    const value = values[next++];
    const number = typeof value === 'bigint' ? value : Number(value);
    switch (kind) {
      case 'd':
        if (typeof value !== 'bigint' && typeof value !== 'number') {
          throw new CelValueError('decimal clause can only be used on integers');
        }
        return String(number);
      case 'f':
        return Number(number).toFixed(Number(precision ?? 6));
      case 'e':
        return Number(number)
          .toExponential(Number(precision ?? 6))
          .replace(/e([+-])(\d)$/, 'e$10$2');
      case 'b':
        return typeof value === 'boolean' ? String(Number(value)) : number.toString(2);
      case 'o':
        return number.toString(8);
      case 'x':
      case 'X': {
        const hex = typeof value === 'string' ? Buffer.from(value).toString('hex') : number.toString(16);
        return kind === 'X' ? hex.toUpperCase() : hex;
      }
      default:
        return shown(value);
    }
  });
  charge(text.length / 10);
  return text;
}

/** The functions for texts: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library */
export function addStringFunctions(environment: Environment): void {
  const define = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler, sync);
  };
  define('string.matches__linear(string): bool', matches);
  define('matches__linear(string, string): bool', matches);
  define('string.find(string): string', find);
  define('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern, -1));
  define('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) =>
    findAll(text, pattern, Number(limit)),
  );
  define('string.lowerAscii__only(): string', (text: string) => text.replaceAll(/[A-Z]/g, (c) => c.toLowerCase()));
  define('string.upperAscii__only(): string', (text: string) => text.replaceAll(/[a-z]/g, (c) => c.toUpperCase()));
  define('string.replace(string, string): string', (text: string, from: string, to: string) =>
    replace(text, from, to, -1),
  );
  define('string.replace(string, string, int): string', (text: string, from: string, to: string, limit: bigint) =>
    replace(text, from, to, Number(limit)),
  );
  define('string.charAt(int): string', (text: string, index: bigint) => charAt(text, Number(index)));
  define('string.reverse(): string', (text: string) => Array.from(text).toReversed().join(''));
  define('string.format(list): string', format);
  define('string(google.protobuf.Timestamp): string', (time: Date) => shown(time));
  define('string(google.protobuf.Duration): string', String);
}
