/**
 * The schema language in which every kind is declared: one declaration gives the JSON shape, the
 * TypeScript type, the protobuf field numbers, the list and map merge rules and the OpenAPI document.
 *
 * Everything here is plain data. What is done with it (decode, prune, patch, describe) lives in `machinery/`.
 */

import type { JSONSchemaProps } from './apiextensions/json-schema-props.schema.ts';

/** How a list is owned and merged (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy). */
export type ListType = 'atomic' | 'set' | 'map';

/** What a strategic merge patch does with a field; a list without one is replaced, an object is merged. */
export type PatchStrategy = 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys';

export interface ScalarSchema {
  readonly type:
    | 'string'
    | 'boolean'
    | 'int32'
    | 'int64'
    | 'double'
    /** JSON: base64 text. Protobuf: bytes. */
    | 'bytes'
    /** JSON: RFC 3339 with seconds. Protobuf: `{ seconds = 1, nanos = 2 }`. */
    | 'time'
    /** JSON: RFC 3339 with microseconds. Protobuf as `time`. */
    | 'microTime'
    /** JSON: text such as `500m` (numbers are taken too). Protobuf: `{ string = 1 }`. */
    | 'quantity'
    /** JSON: a number or a string. Protobuf: `{ type = 1, intVal = 2, strVal = 3 }`. */
    | 'intOrString'
    /** Any JSON value. Protobuf: `{ raw = 1 }`, JSON inside. */
    | 'any';
  /** For `string`: the values allowed, in the order in which errors list them. */
  readonly enum?: readonly string[];
  /** For `any`: objects in it are owned key by key. */
  readonly granular?: true;
  /** For `any`: in protobuf a message of these fields, the value being the first that is set. */
  readonly alternatives?: () => readonly { readonly number: number; readonly schema: Schema }[];
}

export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  readonly listType: ListType;
  /** Of a `map` list: the fields that identify an item. */
  readonly mapKeys?: readonly string[];
  /** What an absent key counts as. */
  readonly keyDefaults?: Readonly<Record<string, unknown>>;
  /** The one field by which a strategic merge patch finds an item. */
  readonly mergeKey?: string;
  readonly patchStrategy?: PatchStrategy;
  /** Protobuf wraps the list in a message `{ items = 1 }`. */
  readonly wrapped?: true;
}

export interface MapSchema {
  readonly type: 'map';
  readonly values: Schema;
}

export interface MessageSchema {
  readonly type: 'message';
  /** The name upstream's OpenAPI documents use, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Server-side apply owns the object as a whole. */
  readonly atomic?: true;
  /** Fields that are not named are kept, and owned key by key. */
  readonly open?: true;
  /** Of a custom kind: by this its objects are read, judged and described; `fields` only says who owns what. */
  readonly structural?: JSONSchemaProps;
}

export type Schema = ScalarSchema | ListSchema | MapSchema | MessageSchema;

export interface Field {
  /** Protobuf field number. */
  readonly number: number;
  readonly schema: Schema | (() => Schema);
  /**
   * - `required`: an object without it is refused.
   * - `present`: may be left out of a request; always there, if only as `{}`, in what the server keeps.
   * - `optional`: may be absent everywhere.
   * - `inline`: a message of its own in protobuf, whose fields stand in the parent in JSON.
   */
  readonly presence: 'required' | 'present' | 'optional' | 'inline';
  readonly patchStrategy?: PatchStrategy;
}

declare const typed: unique symbol;
/** A schema that knows the TypeScript type of what it describes. */
export type Typed<T> = Schema & { readonly [typed]?: T };
/** The type of the values that a schema describes. They are shared by caches, so they are read-only. */
export type Infer<S> = S extends { readonly [typed]?: infer T } ? T : never;

export interface TypedField<T, P extends Field['presence']> extends Field {
  readonly presence: P;
  readonly [typed]?: T;
}
type Fields = Readonly<Record<string, Field>>;
type FieldType<F> = F extends { readonly [typed]?: infer T } ? T : never;
type KeysWith<F extends Fields, P extends Field['presence']> = {
  [K in keyof F]: F[K]['presence'] extends P ? K : never;
}[keyof F];
type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never;
type Inlined<F extends Fields> = [KeysWith<F, 'inline'>] extends [never]
  ? unknown
  : Intersection<FieldType<F[KeysWith<F, 'inline'>]>>;
/** The object type that a set of fields describes. */
export type MessageType<F extends Fields> = {
  readonly [K in KeysWith<F, 'required' | 'present'>]: FieldType<F[K]>;
} & {
  readonly [K in KeysWith<F, 'optional'>]?: FieldType<F[K]> | undefined;
} & Inlined<F>;

const scalar = <T>(type: ScalarSchema['type']): Typed<T> => ({ type });

export const string = scalar<string>('string');
export const boolean = scalar<boolean>('boolean');
export const int32 = scalar<number>('int32');
export const int64 = scalar<number>('int64');
export const double = scalar<number>('double');
export const bytes = scalar<string>('bytes');
export const time = scalar<string>('time');
export const microTime = scalar<string>('microTime');
export const quantity = scalar<string>('quantity');
export const intOrString = scalar<number | string>('intOrString');
export const any = scalar<unknown>('any');

/** A string that takes one of `values`. */
export function oneOf<const V extends readonly string[]>(...values: V): Typed<V[number]> {
  return { type: 'string', enum: values };
}

/** A list that is owned and replaced as a whole. */
export function list<T>(items: Typed<T>): Typed<readonly T[]> {
  return { type: 'list', items, listType: 'atomic' };
}

/** A list of scalars without repeats, each owned by itself. */
export function setOf<T>(items: Typed<T>, options: { patchStrategy?: PatchStrategy } = {}): Typed<readonly T[]> {
  return { type: 'list', items, listType: 'set', ...options };
}

/** A list of objects identified by `mapKeys`, each owned by itself. */
export function listMap<T>(
  items: Typed<T>,
  mapKeys: readonly string[],
  options: { mergeKey?: string; patchStrategy?: PatchStrategy } = {},
): Typed<readonly T[]> {
  return { type: 'list', items, listType: 'map', mapKeys, ...options };
}

/** A list that server-side apply owns as a whole and a strategic merge patch merges by `mergeKey`. */
export function mergeList<T>(
  items: Typed<T>,
  mergeKey: string,
  patchStrategy: PatchStrategy = 'merge',
): Typed<readonly T[]> {
  return { type: 'list', items, listType: 'atomic', mergeKey, patchStrategy };
}

/** A list that protobuf wraps in a message of its own. */
export function wrappedList<T>(items: Typed<T>): Typed<readonly T[]> {
  return { type: 'list', items, listType: 'atomic', wrapped: true };
}

/** A JSON object with free keys. */
export function mapOf<T>(values: Typed<T>): Typed<Readonly<Record<string, T>>> {
  return { type: 'map', values };
}

/** A JSON object with known fields; `name` is what upstream's OpenAPI calls it. */
export function message<F extends Fields>(
  name: string,
  fields: F,
  options: { atomic?: true } = {},
): MessageSchema & { readonly [typed]?: MessageType<F> } {
  return { type: 'message', name, fields, ...options };
}

type FieldOptions = { patchStrategy?: PatchStrategy };
type Source<T> = Typed<T> | (() => Typed<T>);

/** A field without which the object is refused. */
export function required<T>(number: number, schema: Source<T>, options: FieldOptions = {}): TypedField<T, 'required'> {
  return { number, schema, presence: 'required', ...options };
}
/** A field that clients may leave out and the server always fills, with `{}` at the least. */
export function present<T>(number: number, schema: Source<T>, options: FieldOptions = {}): TypedField<T, 'present'> {
  return { number, schema, presence: 'present', ...options };
}
/** A field that may be absent. */
export function optional<T>(number: number, schema: Source<T>, options: FieldOptions = {}): TypedField<T, 'optional'> {
  return { number, schema, presence: 'optional', ...options };
}
/** A message whose fields stand in the parent object in JSON. */
export function inline<T>(number: number, schema: Typed<T>): TypedField<T, 'inline'> {
  return { number, schema, presence: 'inline' };
}

/** The schema of a field, with a deferred one resolved. */
export function fieldSchema(field: Field): Schema {
  return typeof field.schema === 'function' ? field.schema() : field.schema;
}
