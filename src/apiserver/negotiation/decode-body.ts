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
}

const protobuf = 'application/vnd.kubernetes.protobuf';
const textTypes = ['application/json', 'application/yaml'];

/** The media type of a Content-Type header; JSON when there is none. */
export function mediaType(header: string): string {
  const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/json' : type;
}

/** The JSON text of a YAML body. */
async function parseYaml(body: Buffer): Promise<string> {
  const { parse } = await import('yaml');
  try {
    // A value may hold itself in YAML, and in no JSON.
    return JSON.stringify(parse(body.toString('utf8'), { maxAliasCount: 100, logLevel: 'error' })) ?? 'null';
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
  if (type.endsWith('yaml')) return parseJson(await parseYaml(body));
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
  const { duplicateFields = [] } = parsed;
  const faults = strictFaults({ unknownFields, duplicateFields });
  if (faults.length > 0 && expected.fieldValidation === 'Strict') {
    throw strictDecodingError({ apiVersion: expected.apiVersion ?? '', kind: expected.kind }, faults);
  }
  warnings.push(...faults);
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
