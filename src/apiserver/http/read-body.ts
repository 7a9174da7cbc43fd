import type { Readable } from 'node:stream';
import { StatusError } from '../../api/status-error.ts';

/** What upstream takes at most. */
export const maxBodyBytes = 3 * 1024 * 1024;
/** A body must be complete by then. */
const maxBodyMs = 60_000;

/** However a sender breaks off, one of these comes first. */
const endings = ['aborted', 'error', 'close'] as const;

function tooLarge(): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
}

/** Reads a body to its end; throws StatusError `RequestEntityTooLarge`, or `Timeout` for a sender that is too slow. */
export async function readBody(stream: Readable, declaredLength: number): Promise<Buffer> {
  if (declaredLength > maxBodyBytes) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      const text = 'the request body did not arrive in time';
      fail(new StatusError('Timeout', text, undefined, { code: 408 }));
    }, maxBodyMs).unref();
    const stop = (): void => {
      clearTimeout(timer);
      stream.off('data', onData);
      stream.off('end', onEnd);
      for (const event of endings) stream.off(event, onGone);
    };
    const fail = (error: StatusError): void => {
      stop();
      // What is still to come is of no interest, and an error that nobody hears would end the process.
      stream.on('error', () => undefined);
      stream.resume();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBodyBytes) fail(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const onGone = (): void => {
      fail(new StatusError('BadRequest', 'the connection was closed before the body was complete'));
    };
    stream.on('data', onData);
    stream.once('end', onEnd);
    for (const event of endings) stream.once(event, onGone);
  });
}
