/**
 * Where the interpreter's own tree is touched: it has no limit on what an expression may cost, matches patterns with
 * JavaScript's engine, and takes `has()` of a field that does not exist for false. The tests of this folder show
 * each of these; the interpreter's version is pinned.
 */
import { isJsonObject } from '../json.ts';
import { CelCostError, charge, chargeFor } from './budget.ts';

type Evaluate = (evaluator: Evaluator, node: Node, context: Context) => unknown;

interface Context {
  accuValue: unknown;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
  debugType(value: unknown): { fieldLazy(value: unknown, name: unknown, node: Node, evaluator: Evaluator): unknown };
}
interface Checker {
  check(node: Node, context: unknown): CelType;
  checkAccessOnType(node: Node, context: unknown, type: CelType): CelType;
  getType(name: string): CelType;
  createError(code: string, text: string, node: Node): Error;
}
interface CelType {
  readonly kind: string;
  readonly valueType?: CelType;
}

/** A loop: what `all`, `exists`, `map` and their like become. */
interface Comprehension {
  readonly errorsAreFatal: boolean;
  readonly iterable: Node;
  readonly init: Node;
  readonly step: Node;
  readonly condition?: (result: unknown) => boolean;
  readonly result: (result: unknown) => unknown;
  readonly iterCtx: { reuse(context: Context): Context };
}

interface Macro {
  evaluate: Evaluate;
  typeCheck: (checker: Checker, macro: Macro, context: unknown) => CelType;
  readonly args?: readonly Node[];
  readonly [name: string]: unknown;
}

/** A node of the interpreter's syntax tree, as far as this file needs it. */
export interface Node {
  readonly op: string;
  args: unknown;
  readonly meta: { evaluate: Evaluate; alternate?: Node; macro?: Macro };
  handle?: unknown;
  setMeta(key: string, value: unknown): Node;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'setMeta' in value;
}

function* nodesIn(value: unknown): Generator<Node> {
  if (isNode(value)) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* nodesIn(item);
  else if (isJsonObject(value) && 'iterable' in value) {
    for (const part of ['iterable', 'init', 'step']) yield* nodesIn(value[part]);
  }
}

/** A node and all below it, in macros and what they stand for as well. */
export function* walk(root: Node): Generator<Node> {
  yield root;
  const { alternate, macro } = root.meta;
  const inner: Node[] = [...nodesIn(alternate ?? (macro === undefined ? root.args : []))];
  if (macro !== undefined) for (const part of Object.values(macro)) inner.push(...nodesIn(part));
  for (const node of inner) if (node !== root) yield* walk(node);
}

/** The names of the variables that an expression reads. */
export function variablesIn(root: Node): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { op, args } of walk(root)) if (op === 'id' && typeof args === 'string') names.add(args);
  return names;
}

/** `has(a.b)`: whether `a` has a field `b`. A field that `a` can never have is an error. */
function fixHas(node: Node): void {
  const { macro } = node.meta;
  const [field] = macro?.args ?? [];
  if (macro === undefined || field === undefined || node.op !== 'call') return;
  const [name] = node.args as [string];
  if (name !== 'has') return;
  macro.typeCheck = (checker, _macro, context) => {
    if (field.op !== '.' && field.op !== '.?') {
      throw checker.createError('invalid_macro_argument', 'invalid argument to has() macro', field);
    }
    const type = checker.check((field.args as [Node])[0], context);
    const held = type.kind === 'optional' ? type.valueType : type;
    if (held !== undefined) checker.checkAccessOnType(field, context, held);
    return checker.getType('bool');
  };
  macro.evaluate = (evaluator, _macro, context) => {
    const [owner, key] = field.args as [Node, string];
    const value = evaluator.run(owner, context);
    const found = evaluator.debugType(value).fieldLazy(value, key, field, evaluator);
    return isOptional(found) ? found.hasValue() : found !== undefined;
  };
}

function isOptional(value: unknown): value is { hasValue(): boolean } {
  return typeof value === 'object' && value !== null && 'hasValue' in value && 'orValue' in value;
}

/** The library's own name for a function whose built-in form cannot be replaced. */
const replaced: Readonly<Record<string, string>> = {
  matches: 'matches__linear',
  lowerAscii: 'lowerAscii__only',
  upperAscii: 'upperAscii__only',
};

/** To be called before the tree is checked. */
export function prepareTree(root: Node): void {
  for (const node of walk(root)) {
    fixHas(node);
    if (node.op !== 'rcall' && node.op !== 'call') continue;
    const [name, ...rest] = node.args as [string, ...unknown[]];
    const other = Object.hasOwn(replaced, name) ? replaced[name] : undefined;
    if (other !== undefined) node.args = [other, ...rest];
  }
}

/** The text of an error with the names that its author knows. */
export function withKnownNames(text: string): string {
  return Object.entries(replaced).reduce((all, [name, own]) => all.replaceAll(own, name), text);
}

/** An error takes about as long as so many turns that go well. */
const costOfError = 10;

function itemsOf(collection: unknown): readonly unknown[] {
  if (Array.isArray(collection)) return collection;
  if (collection instanceof Map) return [...collection.keys()];
  if (isJsonObject(collection)) return Object.keys(collection);
  throw new TypeError('no such overload');
}

/** One loop, whose every turn costs something. An error counts only where the other turns do not decide. */
function loop(collection: unknown, args: Comprehension, evaluator: Evaluator, outer: Context): unknown {
  const context = args.iterCtx.reuse(outer);
  let result = evaluator.run(args.init, context);
  context.accuValue = result;
  let failure: unknown;
  for (const item of itemsOf(collection)) {
    if (args.condition !== undefined && !args.condition(result)) return args.result(result);
    charge(1);
    try {
      result = evaluator.run(args.step, context.setIterValue(item, evaluator));
    } catch (error) {
      if (args.errorsAreFatal || error instanceof CelCostError) throw error;
      charge(costOfError);
      failure ??= error;
    }
  }
  if (failure !== undefined && args.condition?.(result) !== false) throw failure;
  return args.result(result);
}

const makers: ReadonlySet<string> = new Set(['+', 'call', 'rcall', 'list', 'map']);

/** To be called after the tree is checked: makes it pay for what it does. */
export function meterTree(root: Node): void {
  for (const node of walk(root)) {
    if (node.op === 'comprehension') node.handle = loop;
    else if (makers.has(node.op) && node.meta.alternate === undefined && node.meta.macro === undefined) {
      const { evaluate } = node.meta;
      node.setMeta('evaluate', (evaluator: Evaluator, self: Node, context: Context) =>
        chargeFor(evaluate(evaluator, self, context)),
      );
    }
  }
}
