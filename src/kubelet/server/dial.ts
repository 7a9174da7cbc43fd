import type { Socket } from 'node:net';
import { dialError } from '../../machinery/upgrade/dial-failure.ts';
import { responseHead } from '../../machinery/upgrade/response-head.ts';
import { splice } from '../../machinery/upgrade/splice.ts';
import type { ServerContext, UpgradeCall } from './context.ts';
import { HttpError } from './http-error.ts';
import { dial } from './port-forward/dial-localhost.ts';

/** What `Upgrade` says for a plain tunnel. */
export const tunnelUpgrade = 'tcp';
const connectTimeoutMs = 10_000;

/**
 * Serves `/cox/dial/ADDRESS/PORT`: a tunnel to a pod of this node. The API server stands outside of the pods' network
 * and reaches the pods that it proxies to by way of their node. Other addresses than this node's pods' are refused.
 */
export async function serveDial({ backend }: ServerContext, call: UpgradeCall): Promise<void> {
  const { address = '', port: text = '' } = call.parameters;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new HttpError(400, `invalid port ${JSON.stringify(text)}`);
  const isPods = backend.pods().some(({ status }) => {
    const isOver = status.phase === 'Succeeded' || status.phase === 'Failed';
    return !isOver && (status.podIP === address || status.podIPs?.some(({ ip }) => ip === address) === true);
  });
  if (!isPods) throw new HttpError(403, `${JSON.stringify(address)} is no address of a pod on this node`);
  const connection = await connectTo(address, port);
  if (call.socket.destroyed) {
    connection.destroy();
    return;
  }
  call.socket.write(responseHead(101, ['Connection', 'Upgrade', 'Upgrade', tunnelUpgrade]));
  await splice(call.socket, connection, { fromLeft: call.head, lingerMs: 0 });
}

async function connectTo(address: string, port: number): Promise<Socket> {
  const attempt = dial(address, port);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const tooLate = Object.assign(new Error('i/o timeout'), { syscall: 'connect' });
  const timer = setTimeout(() => reject(tooLate), connectTimeoutMs);
  try {
    return await Promise.race([attempt, late]);
  } catch (error) {
    void attempt.then((socket) => socket.destroy()).catch(() => undefined);
    throw new HttpError(502, dialError(address, port, error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
