import type { Readable } from 'node:stream';
import { channel } from './channels.ts';
import type { ChannelProtocol } from './channels.ts';
import type { ChannelSocket } from './channel-socket.ts';
import type { RuntimeSession } from './runtime-session.ts';

const maxStatusBytes = 64 * 1024;

/** The answer when the runtime goes away without a word about the process. */
const lostStatus = {
  metadata: {},
  status: 'Failure',
  message: 'Internal error occurred: the connection to the container runtime was lost',
  reason: 'InternalError',
  details: { causes: [{ message: 'the connection to the container runtime was lost' }] },
  code: 500,
};

/**
 * Carries one exec or attach between a client's WebSocket and the runtime, until either ends. The process's last
 * output comes first, then its Status on the error channel, then the socket closes in good order.
 */
export async function bridge(socket: ChannelSocket, protocol: ChannelProtocol, session: RuntimeSession): Promise<void> {
  const { stdin, stdout, stderr, error, resize } = session;
  void socket.closed.then(() => session.destroy());
  if (stdin !== undefined) socket.connect(channel.stdin, stdin);
  if (resize !== undefined) socket.connect(channel.resize, resize);
  // Upstream's sign that the session stands: an empty message on the lowest channel that it writes to.
  const first = stdout !== undefined ? channel.stdout : stderr !== undefined ? channel.stderr : channel.error;
  await socket.send(first, Buffer.alloc(0));
  const [status] = await Promise.all([
    collect(error),
    stdout === undefined ? undefined : pass(stdout, socket, channel.stdout),
    stderr === undefined ? undefined : pass(stderr, socket, channel.stderr),
  ]);
  const message = finalMessage(status, protocol);
  if (message !== undefined) await socket.send(channel.error, message);
  socket.close();
  session.destroy();
  await socket.closed;
}

/** What goes onto the error channel at the end; nothing for a success before v4. */
export function finalMessage(status: Buffer, { hasStatus }: ChannelProtocol): Buffer | undefined {
  const known = status.length > 0 ? status : Buffer.from(JSON.stringify(lostStatus));
  if (hasStatus) return known;
  try {
    const { status: outcome, message } = JSON.parse(known.toString()) as { status?: string; message?: string };
    return outcome === 'Success' ? undefined : Buffer.from(message ?? 'unknown error');
  } catch {
    return known;
  }
}

async function pass(from: Readable, socket: ChannelSocket, channelNumber: number): Promise<void> {
  for await (const chunk of from) await socket.send(channelNumber, chunk as Buffer);
}

async function collect(from: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of from) {
    size += (chunk as Buffer).length;
    if (size <= maxStatusBytes) parts.push(chunk as Buffer);
  }
  return Buffer.concat(parts);
}
