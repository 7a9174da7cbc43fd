import { StatusError } from '../../api/status-error.ts';
import { inOrderOfText } from './duplicate-fields.ts';

/** The kind of a body and the kind that the request's path asks for. */
export interface BodyKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind of the resource, where it differs from the body's. */
  readonly expectedKind?: string;
}

/** Upstream's frame around anything that is wrong with a body of a known kind. */
export function cannotBeHandled(body: BodyKind, detail: string, cause?: unknown): StatusError {
  const version = body.apiVersion.slice(body.apiVersion.indexOf('/') + 1);
  const expected = body.expectedKind ?? body.kind;
  return new StatusError(
    'BadRequest',
    `${body.kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected}: ${detail}`,
    undefined,
    { cause },
  );
}

/** What strict field validation says of a body, one sentence a fault: also the text of the warnings. */
export function strictFaults(faults: {
  readonly unknownFields: readonly string[];
  readonly duplicateFields?: readonly string[];
  /** The body, where its faults are to be told in the order in which they stand in it. */
  readonly text?: string;
}): string[] {
  const { unknownFields, duplicateFields = [], text } = faults;
  if (text !== undefined && unknownFields.length > 0 && duplicateFields.length > 0) {
    const inOrder = inOrderOfText(text, unknownFields, duplicateFields);
    return inOrder.map(({ fault, field }) => `${fault} field ${JSON.stringify(field)}`);
  }
  const duplicates = duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`);
  return [...duplicates, ...unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`)];
}

/** The text of a strict decoding error with these faults. */
export function strictDecodingMessage(faults: readonly string[]): string {
  return `strict decoding error: ${faults.join(', ')}`;
}

/** The BadRequest of `fieldValidation=Strict`. */
export function strictDecodingError(body: BodyKind, faults: readonly string[]): StatusError {
  return cannotBeHandled(body, strictDecodingMessage(faults));
}
