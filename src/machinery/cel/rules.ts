import { Optional } from '@marcbachmann/cel-js';
import type { Environment } from '@marcbachmann/cel-js';
import type { FieldError } from '../../api/field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../../api/field-error.ts';
import { getField, isJsonObject, jsonEqual } from '../json.ts';
import { oldItems } from '../structural/list-items.ts';
import { isIntOrString, joinPath, valuesOf } from '../structural/walk.ts';
import type { Structural } from '../structural/walk.ts';
import { Budget, CelCostError, withBudget } from './budget.ts';
import { baseEnvironment, failureText } from './engine.ts';
import type { CompiledRule } from './rule.ts';
import { compileRule } from './rule.ts';
import { StructuralTypes } from './structural-types.ts';

/** About what a second of work costs, for a whole object; and for one rule. */
const objectBudget = 1_000_000;
const ruleBudget = 250_000;
const maxMessage = 5120;

/** The rules of a schema and of those below it; only where there are some. */
interface RuleNode {
  readonly schema: Structural;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly values: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

class Compiling {
  readonly errors: FieldError[] = [];
  readonly types: StructuralTypes;
  readonly #environment: Environment;

  constructor(root: Structural) {
    this.#environment = baseEnvironment().clone();
    this.types = new StructuralTypes(this.#environment, root);
  }

  /** Types first: an environment that has been cloned takes no more of them. */
  declare(schema: Structural): void {
    if ((schema['x-kubernetes-validations'] ?? []).length > 0) this.types.typeOf(schema);
    for (const child of childrenOf(schema)) this.declare(child);
  }

  node(schema: Structural, path: string, uncorrelatable: string | undefined): RuleNode | undefined {
    const rules = this.#rules(schema, path, uncorrelatable);
    const properties = new Map<string, RuleNode>();
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const node = this.node(property, `${path}.properties[${name}]`, uncorrelatable);
      if (node !== undefined) properties.set(name, node);
    }
    const free = valuesOf(schema);
    const values = free && this.node(free, `${path}.additionalProperties`, uncorrelatable);
    const listType = schema['x-kubernetes-list-type'];
    const within = uncorrelatable ?? (listType === 'map' ? undefined : `${path}.items`);
    const items = schema.items && this.node(schema.items, `${path}.items`, within);
    if (rules.length === 0 && properties.size === 0 && values === undefined && items === undefined) return undefined;
    return { schema, rules, properties, values, items };
  }

  #rules(schema: Structural, path: string, uncorrelatable: string | undefined): readonly CompiledRule[] {
    const declared = schema['x-kubernetes-validations'] ?? [];
    if (declared.length === 0) return [];
    const type = this.types.typeOf(schema);
    const plain = this.#environment.clone().registerVariable('self', type).registerVariable('oldSelf', type);
    const optional = (): Environment =>
      this.#environment.clone().registerVariable('self', type).registerVariable('oldSelf', `optional<${type}>`);
    return declared.flatMap((rule, index) => {
      const environment = rule.optionalOldSelf === true ? optional() : plain;
      const at = `${path}.x-kubernetes-validations[${index}]`;
      const compiled = compileRule(rule, { path: at, schema, environment, uncorrelatable });
      if ('rule' in compiled) return [compiled];
      this.errors.push(...compiled);
      return [];
    });
  }
}

function childrenOf(schema: Structural): Structural[] {
  const { properties = {}, items } = schema;
  const values = valuesOf(schema);
  return [
    ...Object.values(properties),
    ...(values === undefined ? [] : [values]),
    ...(items === undefined ? [] : [items]),
  ];
}

const hasRules = (schema: Structural): boolean =>
  (schema['x-kubernetes-validations'] ?? []).length > 0 || childrenOf(schema).some(hasRules);

/** The rules of a schema, ready to run, and what is wrong with those that are not. */
export interface CompiledRules {
  readonly rules: ObjectRules | undefined;
  readonly errors: readonly FieldError[];
}

/** Compiles the rules (`x-kubernetes-validations`) of a schema that stands at `path` in its definition. */
export function compileRules(schema: Structural, path = ''): CompiledRules {
  if (!hasRules(schema)) return { rules: undefined, errors: [] };
  const compiling = new Compiling(schema);
  compiling.declare(schema);
  const root = compiling.node(schema, path, undefined);
  const rules = root === undefined ? undefined : new ObjectRules(root, compiling.types);
  return { rules, errors: compiling.errors };
}

/** The type of a value as its faults name it in the value's place. */
const shownType = (schema: Structural): string => schema.type ?? (isIntOrString(schema) ? 'int-or-string' : '');

class Running {
  readonly errors: FieldError[] = [];
  readonly #types: StructuralTypes;
  readonly #budget = new Budget(objectBudget);
  readonly #seen = new WeakMap<object, unknown>();
  #isOver = false;

  constructor(types: StructuralTypes) {
    this.#types = types;
  }

  node(node: RuleNode, path: string, value: unknown, old: unknown): void {
    if (value === undefined || this.#isOver) return;
    // Null has no rules: its schema says whether it may stand there.
    if (value === null) return;
    for (const rule of node.rules) {
      this.#rule(node, rule, { path, value, old });
      if (this.#isOver) return;
    }
    if (Array.isArray(value)) {
      const { items, schema } = node;
      if (items === undefined) return;
      const before = oldItems(schema, value, old);
      for (const [index, item] of value.entries()) this.node(items, joinPath(path, index), item, before[index]);
      return;
    }
    if (!isJsonObject(value)) return;
    const before = isJsonObject(old) ? old : {};
    for (const [key, item] of Object.entries(value)) {
      const declared = node.schema.properties !== undefined && Object.hasOwn(node.schema.properties, key);
      const child = declared ? node.properties.get(key) : node.values;
      if (child !== undefined) this.node(child, joinPath(path, key), item, getField(before, key));
    }
  }

  #rule({ schema }: RuleNode, compiled: CompiledRule, at: { path: string; value: unknown; old: unknown }): void {
    const { rule, test, isTransition } = compiled;
    const { path, value, old } = at;
    if (
      isTransition ? old === undefined && rule.optionalOldSelf !== true : old !== undefined && jsonEqual(old, value)
    ) {
      return;
    }
    const self = this.#types.toCel(schema, value, this.#seen);
    const before = old === undefined || !isTransition ? undefined : this.#types.toCel(schema, old, this.#seen);
    const optional = before === undefined ? Optional.none() : Optional.of(before);
    const variables = { self, oldSelf: rule.optionalOldSelf === true ? optional : before };
    const place = `${path}${compiled.fieldPath}`.replace(/^\./, '');
    const fail = (text: string): void => {
      this.errors.push(asFault(rule.reason, place === '' ? '<nil>' : place, shownType(schema), text));
    };
    const named = (rule.message ?? rule.rule).trim();
    try {
      const passed = withBudget(this.#budget, ruleBudget, () => test.evaluate(variables));
      if (passed !== true) fail(this.#message(compiled, variables));
    } catch (error) {
      if (error instanceof CelCostError) {
        this.#isOver = true;
        fail(
          `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${named}`,
        );
        return;
      }
      const text = failureText(error);
      const explained = text.startsWith('no such overload')
        ? `'${text}': call arguments did not match a supported operator, function or macro signature for rule: ${named}`
        : `${text.replace(/^No such/, 'no such')} evaluating rule: ${named}`;
      fail(explained);
    }
  }

  /** What the rule's author says of its failure; an expression for it that gives nothing usable is passed over. */
  #message({ rule, message }: CompiledRule, variables: Readonly<Record<string, unknown>>): string {
    const usual = rule.message?.trim() ?? `failed rule: ${rule.rule.trim()}`;
    if (message === undefined) return usual;
    try {
      const text = withBudget(this.#budget, ruleBudget, () => message.evaluate(variables));
      if (typeof text !== 'string') return usual;
      const trimmed = text.trim();
      return trimmed === '' || trimmed.includes('\n') || trimmed.length > maxMessage ? usual : trimmed;
    } catch {
      return usual;
    }
  }
}

function asFault(reason: string | undefined, field: string, value: string, text: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(field, text);
    case 'FieldValueRequired':
      return requiredField(field, text);
    case 'FieldValueDuplicate':
      return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(value)}: ${text}` };
    default:
      return invalidField(field, value, text);
  }
}

/**
 * The rules of a custom kind.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export class ObjectRules {
  readonly #root: RuleNode;
  readonly #types: StructuralTypes;

  constructor(root: RuleNode, types: StructuralTypes) {
    this.#root = root;
    this.#types = types;
  }

  /** Which rules an object breaks; of a change, those that what has changed breaks. */
  validate(object: unknown, old?: unknown, path = ''): readonly FieldError[] {
    const running = new Running(this.#types);
    running.node(this.#root, path, object, old);
    return running.errors;
  }
}
