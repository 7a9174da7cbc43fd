import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { HttpError } from '../http-error.ts';

/** Clients send what a terminal or `tar` gives them in pieces of some 32 KiB; nobody sends messages near this size. */
const maxMessageBytes = 16 * 1024 * 1024;

/** The subprotocols that a client offers, in its order. */
export function offeredProtocols(request: IncomingMessage): readonly string[] {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

/** Completes a WebSocket's handshake with the chosen subprotocol; rejects when the client's half of it is wrong. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  // `ws` takes tokens alone for subprotocols and refuses kubectl's `SPDY/3.1+portforward.k8s.io`: it is kept out of this.
  delete request.headers['sec-websocket-protocol'];
  server.on('headers', (headers) => {
    if (protocol !== '') headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  return new Promise((resolve, reject) => {
    // `ws` answers a faulty handshake itself and closes the socket.
    const refused = (): void => reject(new HttpError(400, 'the WebSocket handshake is faulty'));
    socket.once('close', refused);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('close', refused);
      resolve(webSocket);
    });
  });
}
