import type { OpenApiDocument } from './document.ts';
import type { Parameter } from './parameters.ts';
import type { PathItem } from './paths.ts';
import type { JsonSchema } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** One OpenAPI 2.0 document that says what several of OpenAPI 3.0 say. */
export function toSwagger(documents: readonly OpenApiDocument[]): Json {
  const definitions: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  for (const { components, paths: described } of documents) {
    for (const [name, schema] of Object.entries(components.schemas)) {
      definitions[name] = mergeKinds(asDefinition(schema), definitions[name] as Json | undefined);
    }
    for (const [path, item] of Object.entries(described)) paths[path] = asPathItem(item);
  }
  return {
    swagger: '2.0',
    info: documents[0]?.info ?? { title: 'Kubernetes', version: 'unversioned' },
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  };
}

function sorted(values: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const kindsExtension = 'x-kubernetes-group-version-kind';

/** Each document names the kinds of its own group that a shared schema stands for. */
function mergeKinds(schema: Json, other: Json | undefined): Json {
  const [ours, theirs] = [schema[kindsExtension], other?.[kindsExtension]];
  if (!Array.isArray(ours) || !Array.isArray(theirs)) return { ...other, ...schema };
  const all = new Map([...theirs, ...ours].map((kind) => [JSON.stringify(kind), kind as unknown]));
  return { ...schema, [kindsExtension]: [...all.values()] };
}

/** A schema in the older form, where a reference may have neighbours and alternatives are unknown. */
function asDefinition(schema: JsonSchema): Json {
  const result: Record<string, unknown> = {};
  // Clients of the older form refuse every field that is not listed, so nothing is listed where others may stand.
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return openDefinition(schema);
  // What may be null has no type that the older form could name.
  if (schema['nullable'] === true) return { description: schema['description'] ?? '' };
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'allOf') {
      const [first = {}] = value as JsonSchema[];
      if ('$ref' in first) Object.assign(result, asDefinition(first));
    } else if (name === 'oneOf') {
      if (!('type' in schema)) result['type'] = 'string';
    } else if (name === 'anyOf' || name === 'not' || name === 'nullable') continue;
    else if (name === '$ref') result['$ref'] = String(value).replace('#/components/schemas/', '#/definitions/');
    else if (name === 'properties')
      result[name] = mapValues(value as Json, (field) => asDefinition(field as JsonSchema));
    else if (name === 'items' || name === 'additionalProperties') result[name] = asDefinition(value as JsonSchema);
    else result[name] = value;
  }
  // Older clients take a default for more than advice.
  if ('$ref' in result) delete result['default'];
  return result;
}

function openDefinition(schema: JsonSchema): Json {
  const { type, items: _items, properties: _properties, [kindsExtension]: kinds, ...rest } = schema;
  // Whole kinds are objects at least, and nothing more is said of them.
  if (kinds !== undefined) return { type: 'object', [kindsExtension]: kinds };
  return type === 'object' || type === 'array' || type === undefined ? rest : { type, ...rest };
}

function mapValues(values: Json, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

function asParameter({ name, in: place, required, schema }: Parameter): Json {
  return { name, in: place, ...(required === true ? { required } : {}), ...schema };
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

function schemaOf({ content = {} }: Content): { types: readonly string[]; schema: Json | undefined } {
  const schema = Object.values(content)[0]?.schema;
  return { types: Object.keys(content), schema: schema === undefined ? undefined : asDefinition(schema) };
}

function asPathItem({ parameters, ...operations }: PathItem): Json {
  return {
    ...mapValues(operations, (operation) => asOperation(operation as Json)),
    parameters: parameters.map(asParameter),
  };
}

function asOperation(operation: Json): Json {
  const { parameters, requestBody, responses, ...rest } = operation;
  const flat = (parameters as readonly Parameter[]).map(asParameter);
  const produces = new Set<string>();
  const answered = mapValues(responses as Json, (response) => {
    const { types, schema } = schemaOf(response as Content);
    for (const type of types) produces.add(type);
    const { description } = response as Json;
    return { description, ...(schema === undefined ? {} : { schema }) };
  });
  const body = requestBody as (Content & { readonly required?: true }) | undefined;
  const shared = { ...rest, schemes: ['https'], produces: [...produces], responses: answered };
  if (body === undefined) return { ...shared, consumes: ['*/*'], parameters: flat };
  const { types, schema } = schemaOf(body);
  const parameter = { name: 'body', in: 'body', ...(body.required === true ? { required: true } : {}), schema };
  return { ...shared, consumes: types, parameters: [parameter, ...flat] };
}
