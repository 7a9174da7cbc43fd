import type { Environment } from '@marcbachmann/cel-js';
import { Optional } from '@marcbachmann/cel-js';

interface Scope {
  forkWithVariable(name: string, type: unknown): Scope;
  reuse(context: unknown): Scope;
  setIterValue(value: unknown, evaluator: unknown): Scope;
}
interface Type {
  readonly kind: string;
  readonly valueType?: Type;
}
interface Checker {
  check(node: unknown, context: unknown): Type;
  createError(code: string, text: string, node: unknown): Error;
  readonly registry: { getOptionalType(type: Type): Type };
}
interface Evaluator {
  run(node: unknown, context: unknown): unknown;
}
interface Call {
  readonly args: readonly { readonly op: string; readonly args: unknown }[];
  readonly receiver: unknown;
}
interface Macro {
  readonly name: string;
  readonly receiver: unknown;
  readonly body: unknown;
  scope?: Scope;
}

/** `optMap(v, …)` and `optFlatMap(v, …)`: what becomes of the value of an optional, where it has one. */
function optionalMacro(isFlat: boolean) {
  return ({ args, receiver }: Call) => {
    const [variable, body] = args;
    return {
      name: variable?.op === 'id' ? (variable.args as string) : '',
      receiver,
      body,
      async: false,
      typeCheck(checker: Checker, macro: Macro, context: Scope): Type {
        const type = checker.check(macro.receiver, context);
        if (type.kind !== 'optional' && type.kind !== 'dyn') {
          throw checker.createError('optional_expected', 'receiver of optMap() must be optional', macro.receiver);
        }
        if (macro.name === '') {
          throw checker.createError(
            'invalid_macro_argument',
            'optMap() variable name must be a simple identifier',
            macro.body,
          );
        }
        macro.scope = context.forkWithVariable(macro.name, type.valueType ?? type);
        const result = checker.check(macro.body, macro.scope);
        return isFlat ? result : checker.registry.getOptionalType(result);
      },
      evaluate(evaluator: Evaluator, macro: Macro, context: Scope): unknown {
        const value = evaluator.run(macro.receiver, context) as Optional;
        if (!value.hasValue()) return Optional.none();
        const scope = macro.scope?.reuse(context).setIterValue(value.value(), evaluator);
        const result = evaluator.run(macro.body, scope);
        return isFlat ? result : Optional.of(result);
      },
    };
  };
}

/** https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries */
export function addOptionalFunctions(environment: Environment): void {
  environment.registerFunction('optional.optMap(ast, ast): optional<dyn>', optionalMacro(false));
  environment.registerFunction('optional.optFlatMap(ast, ast): optional<dyn>', optionalMacro(true));
  const ofNonZero = (_: unknown, value: unknown): unknown => (isZero(value) ? Optional.none() : Optional.of(value));
  environment.registerFunction('OptionalNamespace.ofNonZeroValue(A): optional<A>', ofNonZero, { async: false });
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return typeof value === 'object' && value.constructor === Object && Object.keys(value).length === 0;
}
