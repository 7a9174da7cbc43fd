import type { StatusDetails } from '../../api/status-error.ts';
import { StatusError } from '../../api/status-error.ts';
import type { ApiResponse } from './message.ts';

/** A Status object, as upstream words one. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: unknown;
  readonly code: number;
}

/** What is empty is left out, as in every object of the API. */
function shownDetails({ name, group, ...others }: StatusDetails): StatusDetails {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), ...others };
}

/** The Status object of an error. */
export function failure(error: StatusError): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === 'Unknown' ? {} : { reason: error.reason }),
    ...(error.details === undefined ? {} : { details: shownDetails(error.details) }),
    code: error.code,
  };
}

/** An error that is no StatusError is a fault of this server: the client learns that much, the log has the rest. */
export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new StatusError(
    'InternalError',
    `Internal error occurred: ${text}`,
    { causes: [{ message: text }] },
    { cause: error },
  );
}

/** The answer to a request that failed. */
export function errorResponse(error: StatusError): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  return {
    status: error.code,
    headers: {
      'content-type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: Buffer.from(`${JSON.stringify(failure(error))}\n`),
  };
}

/** What a resource is called in messages: `pods`, `deployments.apps`. */
export function qualified(kind: { readonly plural: string; readonly group: string }): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

interface Named {
  readonly plural: string;
  readonly group: string;
}
const details = (kind: Named, name: string) => ({
  name,
  ...(kind.group === '' ? {} : { group: kind.group }),
  kind: kind.plural,
});

export const notFound = (kind: Named, name: string): StatusError =>
  new StatusError('NotFound', `${qualified(kind)} ${JSON.stringify(name)} not found`, details(kind, name));

export const alreadyExists = (kind: Named, name: string): StatusError =>
  new StatusError('AlreadyExists', `${qualified(kind)} ${JSON.stringify(name)} already exists`, details(kind, name));

/** A write that lost a race, or whose precondition does not hold; `cause` ends the sentence. */
export const conflict = (kind: Named, name: string, cause: string): StatusError =>
  new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(kind)} ${JSON.stringify(name)}: ${cause}`,
    details(kind, name),
  );

export const modifiedMessage =
  'the object has been modified; please apply your changes to the latest version and try again';

/** A refusal on behalf of one object. */
export const forbidden = (kind: Named, name: string, cause: string): StatusError =>
  new StatusError(
    'Forbidden',
    `${qualified(kind)} ${name === '' ? '' : `${JSON.stringify(name)} `}is forbidden: ${cause}`,
    details(kind, name),
  );

export const badRequest = (message: string): StatusError => new StatusError('BadRequest', message);

/** A path that leads nowhere. */
export const unknownPath = (): StatusError =>
  new StatusError('NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (kind: Named, verb: string): StatusError =>
  new StatusError(
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind ${JSON.stringify(qualified(kind))}`,
    {
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
    },
  );

/** A revision that is no longer kept: the client must list again. */
export const expired = (message: string): StatusError => new StatusError('Expired', message);
