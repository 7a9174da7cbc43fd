import type { ClientHttp2Session } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { Http2SessionManager } from '@connectrpc/connect-node';

/** Etcd bears no pings that come more often than every five seconds. */
const pingEveryMs = 10_000;
const answerWithinMs = 5000;

/**
 * Connections that are given up when they are silent. The library has pings, too, but starts them anew when a stream
 * of a lost connection closes, and throws, in a timer, when the next one is due.
 */
export class PingedSessions extends Http2SessionManager {
  readonly #watched = new WeakSet<ClientHttp2Session>();

  override async request(...args: Parameters<Http2SessionManager['request']>) {
    const stream = await super.request(...args);
    // An HTTP/2 stream of a client belongs to a client's session.
    const session = stream.session as ClientHttp2Session | undefined;
    if (session !== undefined && !this.#watched.has(session)) {
      this.#watched.add(session);
      watch(session);
    }
    return stream;
  }
}

function watch(session: ClientHttp2Session): void {
  let isAnswered = true;
  const timer = setInterval(() => ping(), pingEveryMs).unref();
  session.once('close', () => clearInterval(timer));
  const ping = (): void => {
    if (session.destroyed || session.closed) return clearInterval(timer);
    isAnswered = false;
    session.ping(() => {
      isAnswered = true;
    });
    setTimeout(() => {
      if (!isAnswered)
        session.destroy(new ConnectError(`no answer to a ping in ${answerWithinMs} ms`, Code.Unavailable));
    }, answerWithinMs).unref();
  };
}
