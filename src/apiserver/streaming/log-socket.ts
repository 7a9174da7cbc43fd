import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { StatusError } from '../../api/status-error.ts';
import { bearerProtocol, offeredProtocols } from '../auth/authentication/websocket-token.ts';
import type { KubeletClient } from './kubelet-client.ts';
import { openLog } from './pod-log.ts';
import type { UpgradeContext } from './types.ts';
import { signalOf } from './upgrade.ts';

const base64Protocol = 'base64.binary.k8s.io';
const protocols = ['binary.k8s.io', base64Protocol] as const;
type Protocol = (typeof protocols)[number];

/** Nothing that a reader of logs sends is of interest. */
const maxMessageBytes = 64 * 1024;
const noContent = 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n';

/** The first of the offered subprotocols that logs can be sent in; none where none is offered. Throws for others only. */
export function logProtocol(header: string | readonly string[] | undefined): Protocol | undefined {
  const offered = offeredProtocols(header).filter((name) => !name.startsWith(bearerProtocol));
  const chosen = offered.flatMap((name) => protocols.find((known) => known === name) ?? [])[0];
  if (chosen !== undefined || offered.length === 0) return chosen;
  const text = `requested protocol(s) are not supported: [${offered.join(' ')}]; supports [${protocols.join(' ')}]`;
  throw new StatusError('Forbidden', text);
}

/** Sends one message; resolves when it has left, so that a log waits for a slow reader. */
function send(webSocket: WebSocket, chunk: Buffer, protocol: Protocol | undefined): Promise<void> {
  const isText = protocol === base64Protocol;
  const data = isText ? chunk.toString('base64') : chunk;
  return new Promise((resolve, reject) => {
    webSocket.send(data, { binary: !isText }, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

/** Sends a log in messages as it comes, an empty one first as upstream does, and closes the connection at its end. */
export async function sendLog(
  webSocket: WebSocket,
  log: AsyncIterable<Buffer>,
  protocol: Protocol | undefined,
): Promise<void> {
  try {
    await send(webSocket, Buffer.alloc(0), protocol);
    for await (const chunk of log) await send(webSocket, chunk, protocol);
    webSocket.close(1000);
  } catch {
    // The reader has gone, which ends the request to the kubelet, or the kubelet has: the rest of the log is not to be had.
    webSocket.terminate();
  }
}

/** Serves `pods/X/log` over a WebSocket, in the subprotocols of upstream: bytes, or base64 text. */
export async function logUpgrade(kubelets: KubeletClient, context: UpgradeContext): Promise<void> {
  const { request, socket, head } = context;
  const protocol = logProtocol(request.headersDistinct['sec-websocket-protocol']);
  const log = await openLog(kubelets, context, signalOf(context));
  if (log === undefined) {
    socket.end(noContent);
    return;
  }
  // Until it is read, a broken connection to the kubelet must not end the process.
  log.on('error', () => undefined);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => protocol ?? false,
  });
  // `ws` answers a faulty handshake itself and closes the socket.
  server.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on('error', () => webSocket.terminate());
    void sendLog(webSocket, log, protocol);
  });
}
