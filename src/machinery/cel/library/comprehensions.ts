import type { Environment } from '@marcbachmann/cel-js';
import { isJsonObject } from '../../json.ts';
import { CelCostError, charge } from '../budget.ts';
import { CelValueError, compareValues, equalValues } from '../values.ts';

interface Scope {
  forkWithVariable(name: string, type: unknown): Scope;
  reuse(context: unknown): Scope;
  setIterValue(value: unknown, evaluator: unknown): Scope;
}
interface Type {
  readonly kind: string;
  readonly type: string;
  readonly keyType?: Type;
  readonly valueType?: Type;
}
interface Part {
  readonly op: string;
  readonly args: unknown;
}
interface Checker {
  check(node: unknown, context: unknown): Type;
  createError(code: string, text: string, node: unknown): Error;
  getType(name: string): Type;
}
interface Evaluator {
  run(node: unknown, context: unknown): unknown;
}
interface Macro {
  readonly receiver: unknown;
  readonly names: readonly string[];
  /** Whether a turn counts; where there is one. */
  readonly filter: Part | undefined;
  readonly body: Part;
  scopes?: readonly Scope[];
}

/** One turn of a loop: what the body gives, asked for when it is wanted. */
interface Turn {
  readonly key: unknown;
  readonly value: unknown;
  readonly run: () => unknown;
}
interface Loop {
  /** The type of the result; `bool` also asks for a body that is one. */
  readonly type: string;
  readonly bodyType?: 'bool' | 'map';
  /** How many arguments it takes: the variables, perhaps a filter, and the body. */
  readonly variables: 1 | 2;
  readonly hasFilter?: true;
  readonly collect: (turns: Iterable<Turn>) => unknown;
}

/** What there is to go over: indexes and items of a list, keys and values of a map. */
function entriesOf(collection: unknown): Iterable<readonly [key: unknown, value: unknown]> {
  if (Array.isArray(collection)) {
    return collection.map((item: unknown, index) => [BigInt(index), item] as const);
  }
  if (collection instanceof Map) return collection as Map<unknown, unknown>;
  if (isJsonObject(collection)) return Object.entries(collection);
  throw new CelValueError('no such overload');
}

/** A single variable is the item of a list, or the key of a map. */
const onlyValue = (collection: unknown, [key, value]: readonly [unknown, unknown]): unknown =>
  Array.isArray(collection) ? value : key;

function typesOf(type: Type, checker: Checker): readonly [key: Type, value: Type] {
  const dyn = checker.getType('dyn');
  const value = type.valueType ?? dyn;
  return type.kind === 'map'
    ? [type.keyType ?? dyn, value]
    : [type.kind === 'list' ? checker.getType('int') : dyn, value];
}

/** Makes a loop into what the interpreter takes for a macro. */
function macroOf(name: string, loop: Loop) {
  const { variables, hasFilter = false, bodyType, type, collect } = loop;
  return ({ args, receiver }: { readonly args: readonly Part[]; readonly receiver: unknown }) => ({
    receiver,
    names: args.slice(0, variables).map((part) => (part.op === 'id' ? (part.args as string) : '')),
    filter: hasFilter ? args[variables] : undefined,
    body: args.at(-1) as Part,
    async: false,
    typeCheck(checker: Checker, macro: Macro, context: Scope): Type {
      const collection = checker.check(macro.receiver, context);
      const isFitting = ['list', 'map', 'dyn'].includes(collection.kind);
      if (!isFitting) {
        throw checker.createError(
          'invalid_comprehension_range',
          `expression of type '${collection.type}' cannot be range of a comprehension (must be list, map, or dynamic)`,
          macro.receiver,
        );
      }
      const [first = '', second = ''] = macro.names;
      if (first === '' || (variables === 2 && (second === '' || second === first))) {
        throw checker.createError('invalid_macro_argument', 'argument must be a simple name', macro.body);
      }
      const [key, value] = typesOf(collection, checker);
      const outer = context.forkWithVariable(first, variables === 2 || collection.kind === 'map' ? key : value);
      macro.scopes = variables === 1 ? [outer] : [outer, outer.forkWithVariable(second, value)];
      const inner = macro.scopes.at(-1);
      const mustBe = (part: Part, kind: 'bool' | 'map'): void => {
        const found = checker.check(part, inner);
        const fits = found.kind === 'dyn' || found.kind === kind || found.type === kind;
        if (!fits) {
          throw checker.createError('invalid_macro_argument', `${name}() must be given a ${kind} here`, part);
        }
      };
      if (macro.filter !== undefined) mustBe(macro.filter, 'bool');
      if (bodyType === undefined) checker.check(macro.body, inner);
      else mustBe(macro.body, bodyType);
      return checker.getType(type);
    },
    evaluate(evaluator: Evaluator, macro: Macro, context: unknown): unknown {
      const collection = evaluator.run(macro.receiver, context);
      return collect(turnsOf(collection, macro, evaluator, context));
    },
  });
}

function* turnsOf(collection: unknown, macro: Macro, evaluator: Evaluator, context: unknown): Generator<Turn> {
  const [outer, inner] = macro.scopes ?? [];
  if (outer === undefined) return;
  const scopeFor = (entry: readonly [unknown, unknown]): Scope => {
    if (inner === undefined) return outer.reuse(context).setIterValue(onlyValue(collection, entry), evaluator);
    return inner.reuse(outer.reuse(context).setIterValue(entry[0], evaluator)).setIterValue(entry[1], evaluator);
  };
  for (const entry of entriesOf(collection)) {
    charge(1);
    if (macro.filter !== undefined && evaluator.run(macro.filter, scopeFor(entry)) !== true) continue;
    yield { key: entry[0], value: entry[1], run: () => evaluator.run(macro.body, scopeFor(entry)) };
  }
}

/** An error takes about as long as so many turns that go well. */
const costOfError = 10;

/** Whether some turn gives `wanted`. An error counts only where no other turn decides. */
function someTurn(turns: Iterable<Turn>, wanted: boolean): boolean {
  let failure: unknown;
  for (const { run } of turns) {
    try {
      if (run() === wanted) return true;
    } catch (error) {
      if (error instanceof CelCostError) throw error;
      charge(costOfError);
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return false;
}

function one(turns: Iterable<Turn>): boolean {
  let count = 0;
  for (const { run } of turns) if (run() === true) count++;
  return count === 1;
}

const list = (turns: Iterable<Turn>): unknown[] => Array.from(turns, ({ run }) => run());

const map = (turns: Iterable<Turn>): Map<unknown, unknown> =>
  new Map(Array.from(turns, ({ key, run }) => [key, run()] as const));

/** The maps that all turns give, as one; a key that comes twice is an error. */
function entries(turns: Iterable<Turn>): Map<unknown, unknown> {
  const all = new Map<unknown, unknown>();
  for (const { run } of turns) {
    for (const [key, value] of entriesOf(run())) {
      charge(1);
      const isThere = all.has(key) || (typeof key === 'number' && [...all.keys()].some((own) => equalValues(own, key)));
      if (isThere) throw new CelValueError(`insert failed: key ${String(key)} already exists`);
      all.set(key, value);
    }
  }
  return all;
}

function sorted(turns: Iterable<Turn>): unknown[] {
  const keyed = Array.from(turns, ({ value, run }) => ({ value, by: run() }));
  charge(keyed.length * Math.log2(keyed.length + 1));
  return keyed.toSorted((a, b) => compareValues(a.by, b.by)).map(({ value }) => value);
}

const all = (turns: Iterable<Turn>): boolean => !someTurn(turns, false);
const exists = (turns: Iterable<Turn>): boolean => someTurn(turns, true);

const loops: readonly (readonly [name: string, loop: Loop])[] = [
  ['all', { variables: 2, type: 'bool', bodyType: 'bool', collect: all }],
  ['exists', { variables: 2, type: 'bool', bodyType: 'bool', collect: exists }],
  ['existsOne', { variables: 1, type: 'bool', bodyType: 'bool', collect: one }],
  ['existsOne', { variables: 2, type: 'bool', bodyType: 'bool', collect: one }],
  ['transformList', { variables: 2, type: 'list<dyn>', collect: list }],
  ['transformList', { variables: 2, hasFilter: true, type: 'list<dyn>', collect: list }],
  ['transformMap', { variables: 2, type: 'map<dyn, dyn>', collect: map }],
  ['transformMap', { variables: 2, hasFilter: true, type: 'map<dyn, dyn>', collect: map }],
  ['transformMapEntry', { variables: 2, type: 'map<dyn, dyn>', bodyType: 'map', collect: entries }],
  ['transformMapEntry', { variables: 2, hasFilter: true, type: 'map<dyn, dyn>', bodyType: 'map', collect: entries }],
  ['sortBy', { variables: 1, type: 'list<dyn>', collect: sorted }],
];

/** Loops with an index or a key beside the value, and sorting: https://pkg.go.dev/github.com/google/cel-go/ext#TwoVarComprehensions */
export function addComprehensions(environment: Environment): void {
  for (const [name, loop] of loops) {
    const count = loop.variables + (loop.hasFilter === true ? 2 : 1);
    const parameters = Array.from({ length: count }, () => 'ast').join(', ');
    const handler = macroOf(name, loop) as unknown as (...args: never[]) => unknown;
    environment.registerFunction(`list.${name}(${parameters}): dyn`, handler, { async: false });
  }
}
