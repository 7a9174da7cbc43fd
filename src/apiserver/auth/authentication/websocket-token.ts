import { StatusError } from '../../../api/status-error.ts';
import type { Credentials } from '../types.ts';

/** Browsers, which cannot set headers on a WebSocket, offer their token as a subprotocol of this name. */
export const bearerProtocol = 'base64url.bearer.authorization.k8s.io.';

/** The subprotocols that a client offers, in its order. */
export function offeredProtocols(header: string | readonly string[] | undefined): readonly string[] {
  const lines = header === undefined || typeof header === 'string' ? [header ?? ''] : header;
  return lines.flatMap((line) => line.split(',')).flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

/** The token that a WebSocket's handshake brings along; throws the 401 for one that cannot be read. */
export function webSocketToken(headers: Credentials['headers']): string | undefined {
  if (String(headers['upgrade'] ?? '').toLowerCase() !== 'websocket') return undefined;
  const offered = offeredProtocols(headers['sec-websocket-protocol']);
  const tokens = offered.filter((name) => name.startsWith(bearerProtocol));
  const [encoded] = tokens;
  if (encoded === undefined) return undefined;
  const token = Buffer.from(encoded.slice(bearerProtocol.length), 'base64url').toString('utf8');
  // The server has to choose one protocol, and must not choose, and so repeat, the token.
  const isReadable = tokens.length === 1 && offered.length > 1 && /^\S+$/.test(token);
  if (!isReadable) throw new StatusError('Unauthorized', 'Unauthorized');
  return token;
}
