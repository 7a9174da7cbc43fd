import type { ListSchema, MessageSchema, ScalarSchema, Schema } from '../../api/schema.ts';
import { isJsonObject } from '../json.ts';
import { compiledMessage } from '../schema/compiled.ts';
import { fieldElement, formatPath, itemElement } from './structure.ts';

/** JSON as Go's library holds it, in the words of upstream's messages. */
function goValue(value: unknown): string {
  return `&value.valueUnstructured{Value:${goLiteral(value)}}`;
}

function goLiteral(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goLiteral).join(', ')}}`;
  if (!isJsonObject(value)) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${goLiteral(field)}`);
  return `map[string]interface {}{${fields.join(', ')}}`;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isJsonObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

class Checking {
  readonly faults: string[] = [];
  readonly #path: string[] = [];

  value(schema: Schema, value: unknown): void {
    if (value === null || value === undefined) return;
    switch (schema.type) {
      case 'message':
        return this.#message(schema, value);
      case 'map':
        if (!isJsonObject(value)) return this.#fault(`expected map, got ${goValue(value)}`);
        for (const [key, item] of Object.entries(value)) this.#below(fieldElement(key), schema.values, item);
        return;
      case 'list':
        return this.#list(schema, value);
      default:
        return this.#scalar(schema, value);
    }
  }

  #message(schema: MessageSchema, value: unknown): void {
    if (!isJsonObject(value)) return this.#fault(`expected map, got ${goValue(value)}`);
    const { fields } = compiledMessage(schema);
    for (const [name, item] of Object.entries(value)) {
      const field = fields.get(name);
      if (field !== undefined) this.#below(fieldElement(name), field.schema, item);
      else if (schema.open !== true) {
        this.#path.push(fieldElement(name));
        this.#fault('field not declared in schema');
        this.#path.pop();
      }
    }
  }

  #list(schema: ListSchema, value: unknown): void {
    if (!Array.isArray(value)) return this.#fault(`expected list, got ${goValue(value)}`);
    const seen = new Set<string>();
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      const isAtomic = schema.listType === 'atomic';
      const wrong = isAtomic ? undefined : unfit(schema, item);
      // Without its keys nothing can be said of what is in the item.
      if (wrong !== undefined) return this.#fault(`element ${index}: ${wrong}`);
      const element = isAtomic ? `i:${index}` : (itemElement(schema, item) ?? '');
      if (seen.has(element)) this.#fault(`duplicate entries for key ${formatPath([element])}`);
      seen.add(element);
      this.#below(element, schema.items, item);
    }
  }

  #scalar({ type }: ScalarSchema, value: unknown): void {
    const isScalar = typeof value !== 'object';
    switch (type) {
      case 'any':
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.#fault(`expected boolean, got ${goValue(value)}`);
        return;
      case 'int32':
      case 'int64':
      case 'double':
        if (typeof value !== 'number') this.#fault(`expected numeric (int or float), got ${goType(value)}`);
        return;
      case 'quantity':
      case 'intOrString':
        if (!isScalar) this.#fault(`expected any scalar, got ${goValue(value)}`);
        return;
      default:
        if (typeof value !== 'string') this.#fault(`expected string, got ${goValue(value)}`);
    }
  }

  #below(element: string, schema: Schema, value: unknown): void {
    this.#path.push(element);
    this.value(schema, value);
    this.#path.pop();
  }

  #fault(text: string): void {
    const path = formatPath(this.#path);
    this.faults.push(path === '' ? text : `${path}: ${text}`);
  }
}

/** What is wrong with an item that cannot be told apart from others. */
function unfit(schema: ListSchema, item: unknown): string | undefined {
  if (schema.listType === 'set') {
    if (item === null) return 'associative list without keys has an element that is an explicit null';
    return typeof item === 'object' ? "associative list without keys has an element that's a map type" : undefined;
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  if (itemElement(schema, item) !== undefined) return undefined;
  const keys = (schema.mapKeys ?? []).map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

/** Why a value cannot be applied under a schema: each fault with its path, worded as upstream. */
export function typedFaults(schema: Schema, value: unknown): readonly string[] {
  const checking = new Checking();
  checking.value(schema, value);
  return checking.faults;
}
