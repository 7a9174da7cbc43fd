import { setTimeout } from 'node:timers/promises';
import type { Client } from '@connectrpc/connect';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { EtcdError, isPassing, textOf } from './errors.ts';
import { KV, Watch } from './generated/etcd_pb.ts';
import { PingedSessions } from './pinged-sessions.ts';

export interface EtcdEndpoints {
  /** `https://HOST:PORT` of each member, or `http://` without TLS. */
  readonly endpoints: readonly string[];
  /** PEM: the authority of etcd's certificate, and this client's certificate and key. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

export interface EtcdMember {
  readonly kv: Client<typeof KV>;
  readonly watch: Client<typeof Watch>;
}

/** A call that is not answered by then is given up. */
const callMs = 5000;
const maxAnswerBytes = 512 << 20;
const firstPauseMs = 20;
const longestPauseMs = 1000;

/** Connections to the members of one etcd; one of them is used, and another when that fails. */
export class EtcdConnection {
  readonly #members: readonly (EtcdMember & { readonly url: string; readonly session: PingedSessions })[];
  #used = 0;

  constructor({ endpoints, tls = {} }: EtcdEndpoints) {
    this.#members = endpoints.map((url) => {
      const session = new PingedSessions(url, {}, tls);
      const options = { baseUrl: url, sessionManager: session, readMaxBytes: maxAnswerBytes };
      const transport = createGrpcTransport(options);
      return { url, session, kv: createClient(KV, transport), watch: createClient(Watch, transport) };
    });
    if (this.#members.length === 0) throw new EtcdError('no address of etcd is given');
  }

  /** Where the member in use is. */
  get url(): string {
    return this.#member.url;
  }

  get member(): EtcdMember {
    return this.#member;
  }

  /** Calls of the member in use have failed: it is the next one's turn. */
  next(): void {
    this.#used = (this.#used + 1) % this.#members.length;
  }

  /**
   * Makes one call, again at other members for as long as that may help, at most `patienceMs`. Throws the last error.
   * A call that failed may have been carried out all the same.
   */
  async call<T>(
    make: (kv: EtcdMember['kv'], options: { readonly timeoutMs: number }) => Promise<T>,
    patienceMs: number,
  ): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        return await make(this.#member.kv, { timeoutMs: callMs });
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (performance.now() + pause > deadline) {
          throw new EtcdError(`etcd at ${this.url} does not answer: ${textOf(error)}`, { cause: error });
        }
        this.next();
      }
      await setTimeout(pause);
    }
  }

  close(): void {
    for (const { session } of this.#members) session.abort();
  }

  get #member() {
    const member = this.#members[this.#used];
    if (member === undefined) throw new EtcdError('no address of etcd is given');
    return member;
  }
}
