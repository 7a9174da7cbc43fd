import type { Readable } from 'node:stream';
import { StatusError } from '../../api/status-error.ts';

/** What upstream takes at most. */
export const maxBodyBytes = 3 * 1024 * 1024;
/** A body must be complete by then. */
const maxBodyMs = 60_000;

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
      finish(() => reject(new StatusError('Timeout', text, undefined, { code: 408 })));
    }, maxBodyMs).unref();
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      stream.off('data', onData);
      stream.resume();
      settle();
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBodyBytes) finish(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const gone = (): void =>
      finish(() => reject(new StatusError('BadRequest', 'the connection was closed before the body was complete')));
    stream.on('data', onData);
    stream.once('end', () =>
      finish(() => resolve(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks))),
    );
    stream.once('aborted', gone);
    stream.once('error', gone);
    stream.once('close', gone);
  });
}
