import { connect } from 'node:net';
import { dialErrorText } from '../network-error.ts';
import type { ProbeOutcome } from '../outcome.ts';
import { failure, success } from '../outcome.ts';
import { joinHostPort } from '../target.ts';

/** Succeeds when a TCP connection can be opened within `timeoutMs`. */
export function probeTcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
  const address = joinHostPort(host, port);
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
  const socket = connect({ host, port, signal });
  const timer = setTimeout(() => resolve(failure(`dial tcp ${address}: i/o timeout`)), timeoutMs);
  socket.once('connect', () => resolve(success));
  socket.once('error', (error) => resolve(failure(dialErrorText(address, error))));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
