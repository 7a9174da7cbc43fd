export type SpdyErrorCode = 'SPDY_PROTOCOL' | 'SPDY_CLOSED' | 'SPDY_REFUSED' | 'SPDY_RESET';

/** A SPDY connection or stream that broke: by the other side's fault (`SPDY_PROTOCOL`), by its wish, or with its socket. */
export class SpdyError extends Error {
  readonly code: SpdyErrorCode;

  constructor(code: SpdyErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SpdyError';
    this.code = code;
  }
}
