import { StatusError } from '../../api/status-error.ts';
import { badRequest } from '../http/status.ts';

/** Where a paged list goes on: behind which key, in the state of which revision. */
export interface ContinueToken {
  readonly revision: number;
  readonly startAfter: string;
}

const version = 'meta.k8s.io/v1';

/** The token as clients carry it around; it is opaque to them. */
export function encodeToken({ revision, startAfter }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: version, rv: revision, start: startAfter })).toString('base64url');
}

/** Reads a token; throws StatusError `BadRequest` for one that this server did not give out, or not for `prefix`. */
export function decodeToken(text: string, prefix: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as {
      v?: unknown;
      rv?: unknown;
      start?: unknown;
    };
    const { v, rv, start } = token;
    if (v === version && typeof start === 'string' && Number.isSafeInteger(rv) && start.startsWith(prefix)) {
      return { revision: rv as number, startAfter: start };
    }
  } catch {
    // Falls through to the one answer for all broken tokens.
  }
  throw badRequest('continue key is not valid');
}

/** The 410 of a page that comes too late. */
export function tokenExpired(): StatusError {
  return new StatusError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
  );
}
