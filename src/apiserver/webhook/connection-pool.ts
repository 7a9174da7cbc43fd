import { Agent } from 'node:http';
import type { AgentOptions, ClientRequestArgs } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { checkIdentity } from './tls-failure.ts';

/** How to reach one webhook: a plain connection, and by what its certificate is judged. */
export interface Destination {
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  /** The name that the certificate must bear. */
  readonly serverName: string;
  /** PEM; the system's authorities when absent. */
  readonly ca: string | undefined;
}

/** A webhook answers within this time or never. */
const dialTimeoutMs = 30_000;
const pool: AgentOptions = { keepAlive: true, maxFreeSockets: 4, timeout: 60_000 };

function secure(plain: Duplex, { serverName, ca }: Destination): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: plain,
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      checkServerIdentity: (_host, certificate) => checkIdentity(serverName, certificate),
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Connections to one webhook, kept between calls. */
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
    this.#open().then(
      (socket) => callback?.(null, socket),
      // Without a connection there is none to hand over.
      (error: unknown) => callback?.(error as Error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  async #open(): Promise<Duplex> {
    const plain = await this.#destination.dial(AbortSignal.timeout(dialTimeoutMs));
    try {
      return await secure(plain, this.#destination);
    } catch (error) {
      plain.destroy();
      throw error;
    }
  }
}
