import { StatusError } from '../../api/status-error.ts';

/**
 * The 422 of a patch that is well formed but does not fit the object, in upstream's general wording; what is wrong is
 * the error's cause, which upstream tells nobody.
 */
export function unprocessablePatch(detail: string, cause?: unknown): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError('Invalid', message, {}, { cause: new Error(detail, { cause }) });
}
