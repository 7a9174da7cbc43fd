import type { Environment } from '@marcbachmann/cel-js';
import type { MatchCondition } from '../../../api/admissionregistration/shared.schema.ts';
import { Budget, withBudget } from '../../../machinery/cel/budget.ts';
import type { Expression } from '../../../machinery/cel/engine.ts';
import { baseEnvironment, compileExpression, failureText } from '../../../machinery/cel/engine.ts';
import { isJsonObject } from '../../../machinery/json.ts';
import { addAuthorizerFunctions } from './authorizer.ts';

/** About what a second of work costs, for all expressions of one configuration; and for one of them. */
const totalBudget = 1_000_000;
const expressionBudget = 250_000;
const names = ['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables'];

let environment: Environment | undefined;

/** What expressions about a request may use. */
function admissionEnvironment(): Environment {
  if (environment !== undefined) return environment;
  environment = baseEnvironment().clone();
  for (const name of names) environment.registerVariable(name, 'dyn');
  addAuthorizerFunctions(environment);
  addJsonPatchFunctions(environment);
  return environment;
}

/** A JSON value as expressions see it. */
export function toCelValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCelValue);
  if (!isJsonObject(value)) return value ?? null;
  return new Map(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, toCelValue(item)]),
  );
}

/** A value of an expression as JSON. */
export function fromCelValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(fromCelValue);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]: [unknown, unknown]) => [String(key), fromCelValue(item)]));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCelValue(item)]));
}

/** `jsonpatch.escapeKey`: a key as a JSON pointer has it. */
class JsonPatchLibrary {
  escapeKey(key: string): string {
    return key.replaceAll('~', '~0').replaceAll('/', '~1');
  }
}
const jsonPatchType = 'kubernetes.JSONPatchLibrary';

function addJsonPatchFunctions(own: Environment): void {
  own.registerType(jsonPatchType, { ctor: JsonPatchLibrary, fields: {} });
  own.registerVariable('jsonpatch', jsonPatchType);
  own.registerFunction(
    `${jsonPatchType}.escapeKey(string): string`,
    (library: JsonPatchLibrary, key: string) => library.escapeKey(key),
    { async: false },
  );
}

const compiled = new Map<string, Expression>();
const maxCompiled = 2000;

/** An expression about a request, compiled once; throws CelCompileError. */
export function admissionExpression(text: string, types: readonly string[]): Expression {
  const key = `${types.join(' ')}\n${text}`;
  let expression = compiled.get(key);
  if (expression === undefined) {
    expression = compileExpression(admissionEnvironment(), text, types);
    if (compiled.size >= maxCompiled) compiled.clear();
    compiled.set(key, expression);
  }
  return expression;
}

/** Runs the expressions of one configuration over one request. */
export class Evaluation {
  readonly #budget = new Budget(totalBudget);
  readonly variables: Record<string, unknown>;

  constructor(variables: Readonly<Record<string, unknown>>) {
    this.variables = { jsonpatch: new JsonPatchLibrary(), ...variables };
  }

  /** The value of an expression; throws an error with CEL's message. */
  run(text: string, types: readonly string[]): unknown {
    const expression = admissionExpression(text, types);
    return withBudget(this.#budget, expressionBudget, () => expression.evaluate(this.variables));
  }
}

/** Whether all conditions hold. One that is false decides; else one that cannot be evaluated is thrown. */
export function holdAll(conditions: readonly MatchCondition[] | undefined, evaluation: Evaluation): boolean {
  const faults: string[] = [];
  for (const { name, expression } of conditions ?? []) {
    try {
      if (evaluation.run(expression, ['bool']) !== true) return false;
    } catch (error) {
      faults.push(
        `expression '${expression}' of match condition ${JSON.stringify(name)} resulted in error: ${failureText(error)}`,
      );
    }
  }
  if (faults.length > 0) throw new Error(faults.join(', '));
  return true;
}
