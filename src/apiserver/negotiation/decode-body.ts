import type { MessageSchema } from '../../api/schema.ts';
import { StatusError } from '../../api/status-error.ts';
import { parseJson } from '../../machinery/decode/parse-json.ts';
import { cannotBeHandled, strictDecodingError, strictFaults } from '../../machinery/decode/strict-error.ts';
import type { JsonObject } from '../../machinery/json.ts';
import { isJsonObject } from '../../machinery/json.ts';
import { decodeProtobuf } from '../../machinery/protobuf/decode.ts';
import { shapeBody } from '../../machinery/structural/conform.ts';
import { badRequest } from '../http/status.ts';

/** What a body must be, and how strictly it is read. */
export interface Expected {
  readonly schema: MessageSchema;
  /** E.g. `apps/v1`. Absent: any version of the kind, as for DeleteOptions. */
  readonly apiVersion?: string;
  readonly kind: string;
  readonly fieldValidation: FieldValidation;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** A body as plain values. */
export interface Parsed {
  readonly value: unknown;
  readonly duplicateFields?: readonly string[];
  /** The JSON that was read. */
  readonly text?: string;
  /** What a YAML body says twice, a sentence each. */
  readonly repeatedKeys?: readonly string[];
}

const protobuf = 'application/vnd.kubernetes.protobuf';
const textTypes = ['application/json', 'application/yaml'];

/** The media type of a Content-Type header; JSON when there is none. */
export function mediaType(header: string): string {
  const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/json' : type;
}

/** The JSON text of a YAML body, in which the last of several equal keys counts. */
async function parseYaml(body: Buffer): Promise<{ json: string; repeatedKeys: readonly string[] }> {
  const { LineCounter, parseDocument } = await import('yaml');
  try {
    const source = body.toString('utf8');
    const lines = new LineCounter();
    const document = parseDocument(source, { logLevel: 'error', lineCounter: lines, prettyErrors: false });
    const fault = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
    if (fault !== undefined) throw fault;
    const repeatedKeys = document.errors.map(({ pos: [at] }) => {
      const key = /^[^:\n]*/.exec(source.slice(at))?.[0].trim() ?? '';
      return `line ${lines.linePos(at).line}: key ${JSON.stringify(key)} already set in map`;
    });
    // A value may hold itself in YAML, and in no JSON.
    return { json: JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? 'null', repeatedKeys };
  } catch (error) {
    throw new StatusError(
      'BadRequest',
      `error converting YAML to JSON: ${error instanceof Error ? error.message : String(error)}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

/** Reads JSON, or YAML, into plain values. Throws StatusError `BadRequest`, or `UnsupportedMediaType`. */
export async function parseText(body: Buffer, type: string, accepted: readonly string[]): Promise<Parsed> {
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  // Through JSON text once more: it has the depth limit, and no dates or other foreign values.
  if (type.endsWith('yaml')) {
    const { json, repeatedKeys } = await parseYaml(body);
    return { ...parseJson(json), repeatedKeys };
  }
  return parseJson(body);
}

/** The 415 that lists what would have been understood. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const text = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError('UnsupportedMediaType', text);
}

async function parseBody(body: Buffer, contentType: string, expected: Expected): Promise<Parsed> {
  const type = mediaType(contentType);
  // Custom kinds have no protobuf form.
  if (expected.schema.structural !== undefined) return parseText(body, type, textTypes);
  if (type === protobuf) {
    const decoded = decodeProtobuf(body, (apiVersion, kind) =>
      matches(expected, apiVersion, kind) ? expected.schema : undefined,
    );
    return { value: decoded.value };
  }
  return parseText(body, type, [...textTypes, protobuf]);
}

function matches(expected: Expected, apiVersion: string, kind: string): boolean {
  return (
    (kind === '' || kind === expected.kind) &&
    (apiVersion === '' || expected.apiVersion === undefined || apiVersion === expected.apiVersion)
  );
}

/** The Go package of a group's types, as upstream's messages have it: `v1`, and `core` for the version inside. */
const goType = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);
const goPackage = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split(/[./]/, 1)[0] ?? '') : 'core';

function checkKind(expected: Expected, value: JsonObject): void {
  const { apiVersion = '', kind = '' } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw badRequest("couldn't get version/kind; json parse error: apiVersion and kind must be strings");
  }
  if (matches(expected, apiVersion, kind)) return;
  if (kind !== '' && kind !== expected.kind) {
    throw cannotBeHandled(
      { apiVersion, kind, expectedKind: expected.kind },
      `converting (${goType(apiVersion)}.${kind}) to (${goPackage(expected.apiVersion ?? '')}.${expected.kind}): unknown conversion`,
    );
  }
  throw badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
  );
}

/** One fault out of all that a YAML body says twice. */
export function repeatedInYaml(repeatedKeys: readonly string[]): string {
  return ['error converting YAML to JSON: yaml: unmarshal errors:', ...repeatedKeys].join('\n  ');
}

/** Brings a parsed body into shape; unknown and repeated fields are refused, warned of, or dropped silently. */
export function conformBody(parsed: Parsed, expected: Expected, warnings: string[]): JsonObject {
  const { value } = parsed;
  if (!isJsonObject(value))
    throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): expected a JSON object`);
  checkKind(expected, value);
  // Of bodies that are no objects, such as DeleteOptions, version and kind have done their work.
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = value;
  const isObject = 'apiVersion' in expected.schema.fields;
  const named = isObject ? { apiVersion: expected.apiVersion, kind: expected.kind, ...fields } : fields;
  const { object, unknownFields } = shapeBody(expected.schema, named);
  if (expected.fieldValidation === 'Ignore') return object;
  const { duplicateFields = [], repeatedKeys = [], text } = parsed;
  // Custom kinds are read first and judged by their schema afterwards.
  const isJudgedLater = expected.schema.structural !== undefined;
  const inOrder = isJudgedLater || text === undefined ? {} : { text };
  const faults = strictFaults({ unknownFields, duplicateFields, ...inOrder });
  if (expected.fieldValidation === 'Strict' && (faults.length > 0 || repeatedKeys.length > 0)) {
    const repeated = repeatedKeys.length === 0 ? [] : [repeatedInYaml(repeatedKeys)];
    throw strictDecodingError({ apiVersion: expected.apiVersion ?? '', kind: expected.kind }, [...repeated, ...faults]);
  }
  warnings.push(...repeatedKeys, ...faults);
  return object;
}

/** Reads a request's body as one object. Throws StatusError `BadRequest` or `UnsupportedMediaType`. */
export async function decodeBody(
  body: Buffer,
  contentType: string,
  expected: Expected,
  warnings: string[],
): Promise<JsonObject> {
  return conformBody(await parseBody(body, contentType, expected), expected, warnings);
}
