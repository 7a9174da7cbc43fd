import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { isEmbedded, isIntOrString, valuesOf } from '../structural/walk.ts';
import type { Structural } from '../structural/walk.ts';
import { equalValues } from './values.ts';

/** Words that CEL keeps for itself. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * The name under which expressions know a property; undefined where they cannot.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function escapeName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][\w./-]*$/.test(name)) return undefined;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** An object inside an expression: its fields by their escaped names. */
type CelObject = Map<string, unknown>;
type ObjectClass = new (fields: Iterable<[string, unknown]>) => CelObject;

interface ObjectType {
  readonly name: string;
  readonly make: ObjectClass;
  /** Schemas and escaped names by the names in JSON. */
  readonly fields: ReadonlyMap<string, { readonly escaped: string; readonly schema: Structural }>;
}

const text: Structural = { type: 'string' };
const metadata: Structural = { type: 'object', properties: { name: text, generateName: text } };
/** What every object has; of its metadata only the names are to be seen. */
const wholeObject: Readonly<Record<string, Structural>> = { apiVersion: text, kind: text, metadata };

/** The types of a schema's values in one environment, and the way of values into it. */
export class StructuralTypes {
  readonly #environment: Environment;
  readonly #root: Structural;
  readonly #objects = new Map<Structural, ObjectType>();

  constructor(environment: Environment, root: Structural) {
    this.#environment = environment;
    this.#root = root;
  }

  /** The name of the type of a schema's values, which is declared if need be. */
  typeOf(schema: Structural): string {
    if (schema.nullable === true || isIntOrString(schema)) return 'dyn';
    switch (schema.type) {
      case 'boolean':
        return 'bool';
      case 'integer':
        return 'int';
      case 'number':
        return 'double';
      case 'string':
        return textType(schema);
      case 'array':
        return `list<${schema.items === undefined ? 'dyn' : this.typeOf(schema.items)}>`;
      case 'object': {
        const values = valuesOf(schema);
        return values === undefined ? this.#objectType(schema).name : `map<string, ${this.typeOf(values)}>`;
      }
      default:
        return 'dyn';
    }
  }

  #objectType(schema: Structural): ObjectType {
    const known = this.#objects.get(schema);
    if (known !== undefined) return known;
    const isWhole = schema === this.#root || isEmbedded(schema);
    const properties = { ...schema.properties, ...(isWhole ? wholeObject : {}) };
    const fields = new Map<string, { escaped: string; schema: Structural }>();
    const types: Record<string, string> = {};
    for (const [name, property] of Object.entries(properties)) {
      const escaped = escapeName(name);
      if (escaped === undefined) continue;
      fields.set(name, { escaped, schema: property });
      types[escaped] = this.typeOf(property);
    }
    // A class of its own is by what the interpreter tells types apart.
    const make = class extends Map<string, unknown> {};
    const type = { name: `object_${this.#objects.size}`, make, fields };
    this.#objects.set(schema, type);
    this.#environment.registerType(type.name, { ctor: make, fields: types });
    this.#environment.registerOperator(`${type.name} == ${type.name}`, equalValues);
    return type;
  }

  /** A JSON value as expressions see it; objects that have been seen before are in `seen`. */
  toCel(schema: Structural, value: unknown, seen: WeakMap<object, unknown>): unknown {
    if (Array.isArray(value) || isJsonObject(value)) {
      const known = seen.get(value);
      if (known !== undefined) return known;
      const made = Array.isArray(value) ? this.#list(schema, value, seen) : this.#object(schema, value, seen);
      seen.set(value, made);
      return made;
    }
    if (typeof value === 'number') return schema.type === 'number' ? value : numberOf(value);
    if (typeof value !== 'string') return value;
    switch (textType(schema)) {
      case 'bytes':
        return new Uint8Array(Buffer.from(value, 'base64'));
      case timestamp:
        return new Date(value);
      case duration:
        return readDuration(value);
      default:
        return value;
    }
  }

  #list(schema: Structural, list: readonly unknown[], seen: WeakMap<object, unknown>): unknown {
    return list.map((item) => this.toCel(schema.items ?? {}, item, seen));
  }

  #object(schema: Structural, object: JsonObject, seen: WeakMap<object, unknown>): unknown {
    const values = valuesOf(schema);
    if (values !== undefined || schema.type !== 'object') {
      const entries = Object.entries(object).map(([key, item]) => [key, this.toCel(values ?? {}, item, seen)] as const);
      return new Map(entries);
    }
    const { make, fields } = this.#objectType(schema);
    const known: [string, unknown][] = [];
    for (const [name, { escaped, schema: property }] of fields) {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      if (value !== undefined) known.push([escaped, this.toCel(property, value, seen)]);
    }
    return new make(known);
  }
}

const timestamp = 'google.protobuf.Timestamp';
const duration = 'google.protobuf.Duration';

function textType({ format, type }: Structural): string {
  if (type !== 'string') return 'string';
  switch (format) {
    case 'byte':
      return 'bytes';
    case 'date':
    case 'date-time':
      return timestamp;
    case 'duration':
      return duration;
    default:
      return 'string';
  }
}

function numberOf(value: number): bigint | number {
  return Number.isInteger(value) ? BigInt(value) : value;
}

const unitNanos: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

function readDuration(value: string): Duration {
  const negative = value.startsWith('-');
  let nanos = 0;
  for (const [, amount = '', unit = ''] of value.matchAll(/(\d*\.?\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    nanos += Number(amount) * (unitNanos[unit] ?? 0);
  }
  const total = BigInt(Math.round(nanos)) * (negative ? -1n : 1n);
  return new Duration(total / 1_000_000_000n, Number(total % 1_000_000_000n));
}
