import * as fc from 'fast-check';
import { kinds } from '../../api/kinds.ts';
import type { AnyKind } from '../../api/kind.ts';
import type { Field, Schema } from '../../api/schema.ts';
import { fieldSchema } from '../../api/schema.ts';

/** A request as anybody may send it. */
export interface ArbitraryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const oddKeys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a/b', 'x'.repeat(300), '\u0000', '💥'];
const oddTexts = [
  ...oddKeys,
  '-1',
  '1e999',
  '0x10',
  'NaN',
  'null',
  '2026-99-99T99:99:99Z',
  '1.5.5',
  '300.1.1.1',
  '::1',
];
const oddNumbers = [-1, 0, 1.5, 1e21, -0, 2 ** 31, 2 ** 53, 65_536, Number.MIN_VALUE];

const text = fc.oneof(
  fc.constantFrom(...oddTexts),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const anything = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.constantFrom<unknown>(null, true, false, ...oddNumbers),
  fc.jsonValue({ maxDepth: 2 }),
);

const usual: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.oneof(fc.constantFrom('a', 'web', 'default', 'v1', 'Pod', 'node-1', 'TCP'), text),
  boolean: fc.boolean(),
  int32: fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.constantFrom(...oddNumbers)),
  int64: fc.oneof(fc.integer(), fc.constantFrom(...oddNumbers)),
  double: fc.double({ noNaN: true }),
  bytes: fc.oneof(fc.base64String({ maxLength: 40 }), text),
  time: fc.oneof(fc.constant('2026-01-01T00:00:00Z'), text),
  microTime: fc.oneof(fc.constant('2026-01-01T00:00:00.000001Z'), text),
  quantity: fc.oneof(fc.constantFrom('1', '100m', '1Gi', '1e3', '-1', '1e99999', 5), text),
  intOrString: fc.oneof(fc.integer(), fc.constantFrom('50%', '-1%', '200%', 'http')),
  any: anything,
};

/** A value of a schema's shape, nearly: now and then something else stands where a value belongs. */
function valueOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const fitting = (): fc.Arbitrary<unknown> => {
    if (schema.type === 'list') {
      return depth === 0 ? fc.constant([]) : fc.array(valueOf(schema.items, depth - 1), { maxLength: 3 });
    }
    if (schema.type === 'map') {
      const keys = fc.oneof(fc.constantFrom('a', 'cpu', 'app.kubernetes.io/name', ...oddKeys), text);
      return depth === 0 ? fc.constant({}) : fc.dictionary(keys, valueOf(schema.values, depth - 1), { maxKeys: 3 });
    }
    if (schema.type === 'message') return depth === 0 ? fc.constant({}) : messageOf(schema.fields, depth - 1);
    const values = schema.enum === undefined ? undefined : fc.constantFrom(...schema.enum);
    return values ?? usual[schema.type] ?? anything;
  };
  return fc.oneof({ weight: 24, arbitrary: fitting() }, { weight: 1, arbitrary: anything });
}

function flatFields(fields: Readonly<Record<string, Field>>): readonly (readonly [string, Field])[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const schema = fieldSchema(field);
    return field.presence === 'inline' && schema.type === 'message'
      ? flatFields(schema.fields)
      : [[name, field] as const];
  });
}

/** An object with some of its fields; those that it needs are nearly always there. */
function messageOf(
  fields: Readonly<Record<string, Field>>,
  depth: number,
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const all = flatFields(fields);
  const needed = all.filter(([, { presence }]) => presence === 'required');
  const others = all.filter(([, { presence }]) => presence !== 'required');
  const some = others.length === 0 ? fc.constant([]) : fc.subarray(others, { maxLength: Math.min(5, others.length) });
  const values = (chosen: readonly (readonly [string, Field])[]) =>
    fc.tuple(
      ...chosen.map(([name, field]) => valueOf(fieldSchema(field), depth).map((value) => [name, value] as const)),
    );
  return some.chain((chosen) =>
    values([...needed, ...chosen]).map((entries) =>
      Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    ),
  );
}

const apiVersionOf = ({ group, version }: AnyKind): string => (group === '' ? version : `${group}/${version}`);

function objectOf(kind: AnyKind): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return fc
    .tuple(messageOf(kind.schema.fields, 5), fc.constantFrom('a', 'b', 'web', 'default'), fc.boolean())
    .map(([fields, name, isPlain]) => ({
      ...fields,
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      ...(isPlain ? { metadata: { name } } : {}),
    }));
}

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'text/plain', ''];
const accepts = [
  'application/json',
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  ';;,,;q=9',
];
const parameters = [
  'resourceVersion',
  'resourceVersionMatch',
  'limit',
  'continue',
  'labelSelector',
  'fieldSelector',
  'timeoutSeconds',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'pretty',
  'gracePeriodSeconds',
  'propagationPolicy',
  'includeObject',
  'sendInitialEvents',
];

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(...parameters),
      fc.oneof(fc.constantFrom('1', '0', 'true', 'All', 'a=b', 'a in (', 'Strict'), text),
    ),
    {
      maxLength: 3,
    },
  )
  .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`).join('&'));

const operations = fc.array(
  fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'odd'),
    path: fc.constantFrom(
      '/metadata/labels',
      '/spec',
      '',
      '/',
      '/spec/containers/0',
      '/__proto__/x',
      '/metadata/name',
      '/~2',
    ),
    from: fc.constantFrom('/metadata', '/spec', '/nowhere'),
    value: anything,
  }),
  { maxLength: 4 },
);

/** What stands behind the version: a kind's collection, one of its objects, a subresource. */
function pathOf(kind: AnyKind): fc.Arbitrary<string> {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const names = fc.constantFrom('', '', '/a', '/b', '/web', '/default', '/%00', '/%2e%2e', `/${'n'.repeat(300)}`);
  const subresources = [
    '',
    '',
    '',
    ...Object.keys(kind.subresources).map((name) => `/${name}`),
    '/nowhere',
    '/constructor',
    '/__proto__',
  ];
  const where = kind.namespaced ? ['/namespaces/default', '/namespaces/default', '/namespaces/nowhere', ''] : [''];
  return fc
    .tuple(fc.constantFrom(...where), names, fc.constantFrom(...subresources))
    .map(
      ([namespace, name, subresource]) => `${root}${namespace}/${kind.plural}${name}${name === '' ? '' : subresource}`,
    );
}

const strayPath = fc.oneof(
  fc
    .array(
      fc.oneof(
        fc.constantFrom('api', 'apis', 'v1', 'namespaces', 'pods', 'watch', '..', '', '%zz', 'openapi', 'v3', 'readyz'),
        text,
      ),
      { maxLength: 7 },
    )
    .map((parts) => `/${parts.map((part) => (part === '%zz' ? part : encodeURI(part.toWellFormed()))).join('/')}`),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
);

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'BREW', 'constructor'];

/** Method and path: mostly such as go together. */
function targetOf(kind: AnyKind): fc.Arbitrary<readonly [method: string, path: string]> {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const collection = `${root}${kind.namespaced ? '/namespaces/default' : ''}/${kind.plural}`;
  const fitting = fc
    .tuple(fc.constantFrom('POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'GET', 'DELETE'), fc.constantFrom('a', 'b', 'web'))
    .map(([method, name]) => [method, method === 'POST' ? collection : `${collection}/${name}`] as const);
  const any = fc.tuple(fc.constantFrom(...methods), fc.oneof({ weight: 6, arbitrary: pathOf(kind) }, strayPath));
  return fc.oneof({ weight: 2, arbitrary: fitting }, any);
}

function requestFor(kind: AnyKind): fc.Arbitrary<ArbitraryRequest> {
  const object = objectOf(kind).map((value) => Buffer.from(JSON.stringify(value) ?? ''));
  const patch = operations.map((value) => Buffer.from(JSON.stringify(value)));
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
    fc.json({ maxDepth: 3 }).map((json) => Buffer.from(json)),
    fc
      .constantFrom('', '{', '[]', 'null', '{"a":1,"a":2}', '{"__proto__":{"x":1}}', 'a: &a [*a]')
      .map((value) => Buffer.from(value)),
  );
  const body = fc.oneof({ weight: 6, arbitrary: object }, patch, { weight: 2, arbitrary: junk });
  return fc
    .record({
      target: targetOf(kind),
      search: query,
      patchType: fc.constantFrom(...patchTypes),
      bodyType: fc.oneof({ weight: 10, arbitrary: fc.constant('application/json') }, fc.constantFrom(...bodyTypes)),
      accept: fc.oneof({ weight: 6, arbitrary: fc.constant('application/json') }, fc.constantFrom(...accepts)),
      body,
    })
    .map(({ target: [method, path], search, patchType, bodyType, accept, body }) => ({
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: { accept, 'content-type': method === 'PATCH' ? patchType : bodyType },
      body,
    }));
}

/** Requests of all sorts, most of them nearly right: those get furthest. */
export const arbitraryRequest: fc.Arbitrary<ArbitraryRequest> = fc.constantFrom(...kinds).chain(requestFor);
