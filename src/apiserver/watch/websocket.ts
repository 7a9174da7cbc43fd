import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { bearerProtocol } from '../auth/authentication/websocket-token.ts';
import type { BodySink } from '../http/message.ts';

/** From so many unsent bytes on, the watch waits. */
const highWater = 1024 * 1024;
/** Nothing that a watcher sends is of interest. */
const maxMessageBytes = 64 * 1024;
const newline = 10;

/** True for a request to go on as a WebSocket. */
export const isWebSocket = ({ headers, method }: IncomingMessage): boolean =>
  method === 'GET' && (headers.upgrade ?? '').toLowerCase() === 'websocket';

function sinkOf(webSocket: WebSocket, socket: Duplex): BodySink {
  return {
    write(chunk) {
      // Lines that came together are messages of their own all the same.
      for (let from = 0; from < chunk.length;) {
        const end = chunk.indexOf(newline, from) + 1 || chunk.length;
        webSocket.send(chunk.subarray(from, end), { binary: false });
        from = end;
      }
      return webSocket.bufferedAmount < highWater;
    },
    end: () => webSocket.close(1000),
    destroy: () => webSocket.terminate(),
    onDrain: (listener) => void socket.on('drain', listener),
    onClose: (listener) => void webSocket.once('close', listener),
  };
}

/** Completes a WebSocket's handshake, and writes a body onto it: each of its lines is a text message. */
export function serveWebSocket(
  upgrade: { readonly message: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  body: (sink: BodySink) => void,
): void {
  const { message, socket, head } = upgrade;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => [...offered].find((name) => !name.startsWith(bearerProtocol)) ?? false,
  });
  // `ws` answers a faulty handshake itself and closes the socket.
  server.handleUpgrade(message, socket, head, (webSocket) => {
    webSocket.on('error', () => webSocket.terminate());
    body(sinkOf(webSocket, socket));
  });
}
