import jsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import { StatusError } from '../../api/status-error.ts';
import type { JsonObject } from '../json.ts';
import { getField, isJsonObject } from '../json.ts';
import { unprocessablePatch } from './patch-error.ts';

/** Upstream refuses more operations than this in one patch. */
const maxOperations = 10_000;
/** What repeated `copy` operations may make of a document before the patch is taken for an attack. */
const maxResultBytes = 3 * 1024 * 1024;

const kinds = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

function bad(message: string): StatusError {
  return new StatusError('BadRequest', message);
}

function operationsOf(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) {
    const got = isJsonObject(patch) ? 'object' : typeof patch;
    throw bad(`json: cannot unmarshal ${got} into Go value of type jsonpatch.Patch`);
  }
  if (patch.length > maxOperations) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  for (const operation of patch) {
    if (!isJsonObject(operation)) throw bad('json: cannot unmarshal value into Go value of type jsonpatch.Operation');
    const { op, path, from } = operation;
    if (typeof op !== 'string' || !kinds.has(op))
      throw unprocessablePatch(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
    if (typeof path !== 'string') throw unprocessablePatch(`${op} operation failed to decode path: missing value`);
    if ((op === 'move' || op === 'copy') && typeof from !== 'string') {
      throw unprocessablePatch(`${op} operation failed to decode from: missing value`);
    }
  }
  return patch as Operation[];
}

/** What the library throws, for faults that it lets pass. */
const missing = (name: string): Error => Object.assign(new Error('missing value'), { name });

/** The value at a JSON pointer, or undefined; unlike the library's look-up it never sees inherited fields. */
function ownValue(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = getField(value as JsonObject, key);
  }
  return value;
}

/** Throws where the library would step into `constructor` and its like, which every object inherits. */
function checkOwnPath(document: unknown, operation: Operation): void {
  const { op, path } = operation;
  if (path !== '' && ownValue(document, path.slice(0, path.lastIndexOf('/'))) === undefined) {
    throw missing('OPERATION_PATH_UNRESOLVABLE');
  }
  if (op === 'remove' && ownValue(document, path) === undefined) throw missing('OPERATION_PATH_UNRESOLVABLE');
  if ((op === 'move' || op === 'copy') && ownValue(document, operation.from) === undefined) {
    throw missing('OPERATION_FROM_UNRESOLVABLE');
  }
}

/** Upstream's sentence for an operation that failed. */
function failure(operation: Operation, error: unknown): string {
  const { op, path } = operation;
  const name = error instanceof Error ? error.name : '';
  const key = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'TEST_OPERATION_FAILED') return `testing value ${path} failed: test failed`;
  if (name === 'OPERATION_FROM_UNRESOLVABLE') {
    const from = 'from' in operation ? operation.from : '';
    return `${op} operation does not apply: doc is missing from path: ${from}: missing value`;
  }
  if (name === 'OPERATION_VALUE_ARRAY_INDEX_OUT_OF_BOUNDS' || name === 'OPERATION_PATH_ILLEGAL_ARRAY_INDEX') {
    return `error in ${op} for path: '${path}': Unable to access invalid index: ${key}: invalid index referenced`;
  }
  if (op === 'remove')
    return `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`;
  if (op === 'replace') return `replace operation does not apply: doc is missing key: ${path}: missing value`;
  return `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`;
}

/** RFC 6902. Throws a BadRequest for no patch at all, an Invalid for one that does not apply. */
export function applyJsonPatch(object: JsonObject, patch: unknown): JsonObject {
  // Operations may put their own values into the document, and change them later.
  const operations = structuredClone(operationsOf(patch));
  let document: unknown = structuredClone(object);
  for (const [index, operation] of operations.entries()) {
    try {
      checkOwnPath(document, operation);
      document = jsonPatch.applyOperation(document, operation, true, true, true, index).newDocument;
    } catch (error) {
      throw unprocessablePatch(failure(operation, error), error);
    }
    if (operation.op === 'copy' && JSON.stringify(document).length > maxResultBytes) {
      throw new StatusError(
        'RequestEntityTooLarge',
        `the result of the JSON patch is larger than ${maxResultBytes} bytes`,
      );
    }
  }
  if (!isJsonObject(document)) throw unprocessablePatch('the result of the JSON patch is not an object');
  return document;
}
