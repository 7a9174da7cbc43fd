/**
 * The process that opens connections inside a pod's network: it runs in the pod's network namespace, connects to a
 * port of localhost when asked to, and hands the connected socket over to its parent. A socket stays in the namespace
 * it was made in, so no byte passes through here. It ends with its parent.
 */
import { dialLocalhost } from './dial-localhost.ts';
import type { DialRequest, DialResult } from './relay-messages.ts';

async function answer({ id, port }: DialRequest): Promise<void> {
  let result: DialResult = { id };
  try {
    const socket = await dialLocalhost(port);
    socket.on('error', () => undefined);
    process.send?.(result, socket, { keepOpen: false }, () => undefined);
  } catch (error) {
    result = { id, error: (error as Error).message };
    process.send?.(result, undefined, {}, () => undefined);
  }
}

process.on('message', (request) => void answer(request as DialRequest));
process.on('disconnect', () => process.exit());
