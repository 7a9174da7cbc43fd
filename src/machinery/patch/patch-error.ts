import { StatusError } from '../../api/status-error.ts';

/** The 422 of a patch that is well formed but does not fit the object, in upstream's general wording. */
export function unprocessablePatch(detail: string, cause?: unknown): StatusError {
  return new StatusError(
    'Invalid',
    'the server rejected our request due to an error in our request',
    { causes: [{ reason: 'UnexpectedServerResponse', message: detail, field: 'patch' }] },
    { cause },
  );
}
