import type { GroupVersionKind } from '../../api/kind.ts';
import type { ListSchema, MessageSchema, ScalarSchema, Schema } from '../../api/schema.ts';
import { ObjectMeta } from '../../api/meta/meta.schema.ts';
import type { CompiledField } from '../../machinery/schema/compiled.ts';
import { compiledMessage } from '../../machinery/schema/compiled.ts';
import { commonFields } from './descriptions.ts';
import { describeField } from './field-descriptions.ts';
import { describeStructural } from './structural.ts';

/** A schema object of OpenAPI 3.0. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A message that a document describes for its own sake; those that it refers to are described with it. */
export interface Root {
  readonly schema: MessageSchema;
  /** What the message is as a body. */
  readonly kinds?: readonly GroupVersionKind[];
  readonly description?: string | undefined;
}

/** A reference to a named schema of the same document. */
export function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

const timeName = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time';
const microTimeName = 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime';
const quantityName = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const intOrStringName = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** Scalars that have a name of their own upstream. */
const namedScalars: Readonly<Record<string, JsonSchema>> = {
  [timeName]: { type: 'string', format: 'date-time' },
  [microTimeName]: { type: 'string', format: 'date-time' },
  [quantityName]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  [intOrStringName]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};

const scalars: Readonly<Record<ScalarSchema['type'], JsonSchema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  time: refTo(timeName),
  microTime: refTo(microTimeName),
  quantity: refTo(quantityName),
  intOrString: refTo(intOrStringName),
  any: { 'x-kubernetes-preserve-unknown-fields': true },
};

/** The named schemas of a document: `roots` and all that they refer to, by name. */
export function namedSchemas(roots: Iterable<Root>): Readonly<Record<string, JsonSchema>> {
  const collector = new Collector();
  for (const root of roots) collector.addRoot(root);
  return collector.schemas();
}

class Collector {
  readonly #schemas = new Map<string, JsonSchema>();

  addRoot({ schema, kinds = [], description }: Root): void {
    this.#addMessage(schema);
    const extra = {
      ...(description === undefined ? {} : { description }),
      ...(kinds.length === 0 ? {} : { 'x-kubernetes-group-version-kind': kinds.map(asGroupVersionKind) }),
    };
    if (kinds.length > 0) this.#describeCommonFields(schema.name);
    this.#schemas.set(schema.name, { ...this.#schemas.get(schema.name), ...extra });
  }

  schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #describeCommonFields(name: string): void {
    const schema = this.#schemas.get(name);
    const properties = (schema?.['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
    const described = Object.entries(properties).map(([field, property]) => {
      const description = (commonFields as Readonly<Record<string, string>>)[field];
      const isDescribed = description === undefined || property['description'] !== undefined;
      return [field, isDescribed ? property : beside(property, { description })];
    });
    this.#schemas.set(name, { ...schema, properties: Object.fromEntries(described) });
  }

  #addMessage(schema: MessageSchema): void {
    if (this.#schemas.has(schema.name)) return;
    if (schema.structural !== undefined) {
      this.#addMessage(ObjectMeta);
      this.#schemas.set(schema.name, describeStructural(schema.structural, { allOf: [refTo(ObjectMeta.name)] }));
      return;
    }
    // Claimed before its fields are looked at: messages may contain themselves.
    this.#schemas.set(schema.name, {});
    const { fields, required } = compiledMessage(schema);
    const properties = [...fields.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((field) => [field.name, this.#property(field, describeField(schema.name, field.name))]);
    this.#schemas.set(schema.name, {
      type: 'object',
      ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
      ...(required.length === 0 ? {} : { required: required.map(({ name }) => name).toSorted() }),
      ...(schema.atomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    });
  }

  #property({ schema, presence, patchStrategy }: CompiledField, description: string | undefined): JsonSchema {
    return beside(this.#value(schema), {
      ...(description === undefined ? {} : { description }),
      ...(presence === 'present' && schema.type === 'message' ? { default: {} } : {}),
      ...(patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': patchStrategy }),
    });
  }

  #value(schema: Schema): JsonSchema {
    switch (schema.type) {
      case 'message':
        this.#addMessage(schema);
        return refTo(schema.name);
      case 'list':
        return { type: 'array', items: this.#value(schema.items), ...listExtensions(schema) };
      case 'map':
        return { type: 'object', additionalProperties: this.#value(schema.values) };
      default:
        return this.#scalar(schema);
    }
  }

  #scalar(schema: ScalarSchema): JsonSchema {
    const value = scalars[schema.type];
    const ref = value['$ref'];
    if (typeof ref === 'string') {
      const name = ref.slice(ref.lastIndexOf('/') + 1);
      const named = namedScalars[name];
      if (named !== undefined) this.#schemas.set(name, named);
    }
    return schema.enum === undefined ? value : { ...value, enum: schema.enum.toSorted() };
  }
}

/** In OpenAPI 3.0 nothing may stand beside a reference. */
function beside(schema: JsonSchema, extra: JsonSchema): JsonSchema {
  if (Object.keys(extra).length === 0) return schema;
  return '$ref' in schema ? { allOf: [schema], ...extra } : { ...schema, ...extra };
}

function listExtensions({ listType, mapKeys, mergeKey, patchStrategy }: ListSchema): JsonSchema {
  return {
    'x-kubernetes-list-type': listType,
    ...(mapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': patchStrategy }),
  };
}

/** A kind's address and nothing else of it. */
export function asGroupVersionKind({ group, version, kind }: GroupVersionKind): GroupVersionKind {
  return { group, kind, version };
}
