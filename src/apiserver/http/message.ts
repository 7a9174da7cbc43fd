import type { Readable } from 'node:stream';
import type { UserInfo } from '../auth/types.ts';

/** One request as the server's core sees it, whichever front end it came through. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query, as the client sent them. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The whole body, read once and kept; throws StatusError `RequestEntityTooLarge` beyond 3 MiB. */
  readBody(): Promise<Buffer>;
  /** The body as it arrives, for handlers that pass it on; use either this or `readBody`. */
  readonly bodyStream?: Readable;
  /** DER of the client certificate that TLS verified. */
  readonly clientCertificate?: Buffer | undefined;
  /** Why the certificate that the client presented did not verify: such a request is answered with 401. */
  readonly certificateError?: string | undefined;
  /** Set by the in-process front end: who is asking is known already. */
  readonly user?: UserInfo;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** Where a body that goes on for a while is written to. */
export interface BodySink {
  /** Returns false when the reader does not keep up: wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  /** Ends the body in good order. */
  end(): void;
  /** Breaks the connection off. */
  destroy(): void;
  onDrain(listener: () => void): void;
  /** Called once, when the body has ended or the client has gone. */
  onClose(listener: () => void): void;
}

/** The parts of a body, a stream of them, or a function that writes one for as long as it likes. */
export type ApiBody = Buffer | readonly Buffer[] | AsyncIterable<Uint8Array> | ((sink: BodySink) => void);

export interface ApiResponse {
  readonly status: number;
  /** Names in lower case; `content-type` is always among them. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: ApiBody;
}

/** One header's value, the first where a client repeats it; empty when absent. */
export function headerOf(request: Pick<ApiRequest, 'headers'>, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
