import type { StatusDetails, StatusReason } from '../api/status-error.ts';
import { StatusError, statusCodes } from '../api/status-error.ts';

interface StatusBody {
  readonly kind?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly code?: unknown;
  readonly details?: StatusDetails;
}

/** What an answer means whose body does not say it. */
const reasonsByCode: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function isReason(value: unknown): value is StatusReason {
  return typeof value === 'string' && Object.hasOwn(statusCodes, value);
}

/** The error that a Status object stands for; `httpCode` is used where the object lacks a code of its own. */
export function statusError(status: unknown, httpCode = 500): StatusError {
  const body: StatusBody = typeof status === 'object' && status !== null ? status : {};
  const code = typeof body.code === 'number' ? body.code : httpCode;
  const reason = isReason(body.reason) ? body.reason : (reasonsByCode[code] ?? 'InternalError');
  const message = typeof body.message === 'string' ? body.message : `the server answered ${code}`;
  return new StatusError(reason, message, body.details, { code });
}

/** The error of an answer that is not a success: from its Status body, or from its code where it has none. */
export function statusErrorOfAnswer(httpCode: number, body: Buffer): StatusError {
  const text = body.toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status') {
      return statusError(parsed, httpCode);
    }
  } catch {
    // Not JSON: a proxy's page, or plain text from /readyz. The text itself is the best message there is.
  }
  const summary = text.trim().slice(0, 1024);
  return statusError(summary === '' ? {} : { message: `the server answered ${httpCode}: ${summary}` }, httpCode);
}
