/** What a request to the kubelet is refused with: a status code and a line of plain text. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** gRPC's codes, as connect-node's errors carry them. */
const notFound = 5;
const resourceExhausted = 8;

/** The refusal that an error of the runtime or of ours stands for, by upstream's rule: not found, too many, or 500. */
export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { code, rawMessage, message } = error as { code?: unknown; rawMessage?: unknown; message?: unknown };
  const text = typeof rawMessage === 'string' ? rawMessage : typeof message === 'string' ? message : String(error);
  if (code === notFound) return new HttpError(404, text, { cause: error });
  if (code === resourceExhausted) return new HttpError(429, text, { cause: error });
  return new HttpError(500, text, { cause: error });
}
