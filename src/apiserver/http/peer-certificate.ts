import type { TLSSocket } from 'node:tls';

/** What TLS found out about the client. */
export interface PeerCertificate {
  /** DER of a certificate that the cluster's authority signed. */
  readonly certificate?: Buffer | undefined;
  /** Why the presented certificate is not trusted. */
  readonly error?: string | undefined;
}

const nothing: PeerCertificate = {};
const known = new WeakMap<object, PeerCertificate>();

function inspect(socket: TLSSocket): PeerCertificate {
  const peer = socket.getPeerCertificate();
  // Without a certificate Node answers with an empty object, against its own type.
  const raw = (peer as { readonly raw?: Buffer } | null)?.raw;
  if (raw === undefined) return nothing;
  if (socket.authorized) return { certificate: raw };
  const { authorizationError } = socket as { readonly authorizationError?: unknown };
  return { error: authorizationError instanceof Error ? authorizationError.message : String(authorizationError) };
}

/** The client certificate of a connection, looked at once; `connection` is the socket or its HTTP/2 session. */
export function peerCertificate(connection: object, socket: TLSSocket): PeerCertificate {
  let found = known.get(connection);
  if (found === undefined) {
    found = inspect(socket);
    known.set(connection, found);
  }
  return found;
}
