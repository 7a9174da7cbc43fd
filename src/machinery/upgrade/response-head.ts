import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The first lines of an HTTP/1.1 answer; `headers` are names and values in turn, as Node's `rawHeaders`. */
export function responseHead(
  status: number,
  headers: readonly string[],
  statusText = STATUS_CODES[status] ?? '',
): string {
  const lines = [`HTTP/1.1 ${status} ${statusText}`];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The head of an answer that came from elsewhere, to be passed on as it is. */
export function headOf(response: IncomingMessage): string {
  return responseHead(response.statusCode ?? 502, response.rawHeaders, response.statusMessage);
}

/** Answers an upgrade request with a plain text and closes the connection. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  const body = Buffer.from(text);
  const headers = ['Content-Type', contentType, 'Content-Length', String(body.length), 'Connection', 'close'];
  socket.write(responseHead(status, headers));
  socket.end(body);
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'proxy-connection',
  'trailer',
]);

/** Passes an answer that refuses an upgrade on to the client, and closes the connection behind it. */
export function relayRefusal(socket: Duplex, response: IncomingMessage): void {
  const headers: string[] = [];
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? '';
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, response.rawHeaders[index + 1] ?? '');
  }
  // Without a length and with `close` the body ends with the connection: its length need not be known.
  headers.push('Connection', 'close');
  socket.write(responseHead(response.statusCode ?? 502, headers, response.statusMessage));
  response.on('error', () => socket.destroy());
  response.pipe(socket);
}
