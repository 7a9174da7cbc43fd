import { Environment } from '@marcbachmann/cel-js';
import type { ParseResult } from '@marcbachmann/cel-js';
import { addComprehensions } from './library/comprehensions.ts';
import { addFormatFunctions } from './library/format.ts';
import { addListFunctions } from './library/lists.ts';
import { addNetworkFunctions } from './library/network.ts';
import { addOptionalFunctions } from './library/optional.ts';
import { addQuantityFunctions } from './library/quantity.ts';
import { addSemverFunctions } from './library/semver.ts';
import { addStringFunctions } from './library/strings.ts';
import type { Node } from './nodes.ts';
import { meterTree, prepareTree, variablesIn, withKnownNames } from './nodes.ts';

/** An expression that cannot be run; the message is worded and laid out as upstream's compiler does. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';
}

let base: Environment | undefined;

/**
 * The functions that expressions of Kubernetes may use, to be cloned and given variables.
 * https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
 */
export function baseEnvironment(): Environment {
  if (base !== undefined) return base;
  base = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  addStringFunctions(base);
  addFormatFunctions(base);
  addListFunctions(base);
  addComprehensions(base);
  addQuantityFunctions(base);
  addNetworkFunctions(base);
  addOptionalFunctions(base);
  addSemverFunctions(base);
  return base;
}

/** A checked expression. */
export interface Expression {
  /** The names of the variables that it reads. */
  readonly variables: ReadonlySet<string>;
  /** Runs under the budget in use (`withBudget`); throws what `failureText` can word. */
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => unknown;
}

interface Located {
  readonly summary?: string;
  readonly range?: { readonly start: number };
}

/** A fault with its place in the text, as upstream's compiler shows it. */
function located(text: string, error: Error & Located): CelCompileError {
  const start = error.range?.start ?? 0;
  const before = text.slice(0, start).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = text.split('\n')[before.length - 1] ?? '';
  const summary = withKnownNames(error.summary ?? error.message);
  const place = `ERROR: <input>:${before.length}:${column + 1}: ${summary}`;
  return new CelCompileError(`${place}\n | ${line}\n | ${'.'.repeat(column)}^`, { cause: error });
}

function parse(environment: Environment, text: string): ParseResult {
  try {
    return environment.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw located(text, error);
  }
}

/** Compiles an expression that gives a value of one of `types`, or of any where there are none; throws CelCompileError. */
export function compileExpression(environment: Environment, text: string, types: readonly string[]): Expression {
  const parsed = parse(environment, text);
  const root = parsed.ast as unknown as Node;
  prepareTree(root);
  const { valid, type = 'dyn', error } = parsed.check();
  if (!valid) throw located(text, error ?? new Error('invalid expression'));
  if (types.length > 0 && type !== 'dyn' && !types.includes(type)) {
    throw new CelCompileError(`cel expression must evaluate to a ${types.join(' or ')}`);
  }
  meterTree(root);
  return { variables: variablesIn(root), evaluate: (variables) => parsed(variables) as unknown };
}

/** What went wrong while an expression ran, in one line. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return withKnownNames((error as Error & Located).summary ?? error.message);
}
