import { Agent } from 'node:http';
import type { AgentOptions, ClientRequestArgs } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { checkIdentity } from './tls-failure.ts';

/** How to reach one server: a plain connection, and by what its certificate is judged. */
export interface Destination {
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  /** The name that the certificate must bear. */
  readonly serverName: string;
  /** PEM; the system's authorities when absent. */
  readonly ca: string | undefined;
  /** Lets any certificate pass, where a user has asked for that. */
  readonly isInsecure?: boolean;
  /** PEM: the client certificate to show. */
  readonly identity?: { readonly cert: string; readonly key: string } | undefined;
}

const dialTimeoutMs = 30_000;
const handshakeTimeoutMs = 10_000;
const pool: AgentOptions = { keepAlive: true, maxFreeSockets: 4, timeout: 60_000 };

function secure(plain: Duplex, destination: Destination): Promise<Duplex> {
  const { serverName, ca, isInsecure = false, identity = {} } = destination;
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: plain,
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: !isInsecure,
      ...identity,
      checkServerIdentity: (_host, certificate) => checkIdentity(serverName, certificate),
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    const timer = setTimeout(() => socket.destroy(new Error('net/http: TLS handshake timeout')), handshakeTimeoutMs);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

/** Connections to one server, kept between requests. */
export class ConnectionPool extends Agent {
  readonly #destination: Destination;

  constructor(destination: Destination) {
    super(pool);
    this.#destination = destination;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.open(AbortSignal.timeout(dialTimeoutMs)).then(
      (socket) => callback?.(null, socket),
      // Without a connection there is none to hand over.
      (error: unknown) => callback?.(error as Error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  /** A connection of its own, TLS included, that no other request will get. */
  async open(signal: AbortSignal): Promise<Duplex> {
    const plain = await this.#destination.dial(signal);
    try {
      return await secure(plain, this.#destination);
    } catch (error) {
      plain.destroy();
      throw error;
    }
  }
}
