import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { dialError } from '../../machinery/upgrade/dial-failure.ts';
import type { UpgradeOutcome } from '../../machinery/upgrade/request-upgrade.ts';
import { requestUpgrade } from '../../machinery/upgrade/request-upgrade.ts';
import type { KubeletAddress } from './kubelet-address.ts';

/** PEM: the client certificate that kubelets let in, and the authority that signed theirs. */
export interface KubeletTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly ca: string | Buffer;
}

export interface KubeletRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Readable | undefined;
  readonly signal: AbortSignal;
  /** Lets any certificate of the kubelet pass, where a user has asked for that. */
  readonly insecure?: boolean;
}

const connectTimeoutMs = 10_000;

/** A kubelet that cannot be reached; the message says why as Go does: `dial tcp …: connect: connection refused`. */
export class KubeletUnreachable extends Error {
  constructor(address: KubeletAddress, cause: unknown) {
    super(dialError(address.host, address.port, cause), { cause });
    this.name = 'KubeletUnreachable';
  }
}

/** A kubelet that refused to dial a pod: `message` is its reason. */
export class DialRefused extends Error {}

/** How the API server talks to kubelets: HTTPS, HTTP/1.1, with its own client certificate. */
export class KubeletClient {
  readonly #tls: KubeletTls;

  constructor(tls: KubeletTls) {
    this.#tls = tls;
  }

  /** Sends a request and resolves with the head of the answer; throws KubeletUnreachable. */
  request(address: KubeletAddress, options: KubeletRequest): Promise<IncomingMessage> {
    const { method, path, headers = {}, body, signal, insecure = false } = options;
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ ...this.#target(address, insecure), method, path, headers, agent: false, signal });
      const timer = setTimeout(() => request.destroy(new Error('i/o timeout')), connectTimeoutMs);
      request.once('socket', (socket) => socket.once('secureConnect', () => clearTimeout(timer)));
      request.once('response', (response) => {
        clearTimeout(timer);
        // An answer that nobody will read any more must not keep its connection.
        signal.addEventListener('abort', () => response.destroy(), { once: true });
        resolve(response);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(new KubeletUnreachable(address, error));
      });
      if (body === undefined) request.end();
      else body.on('error', (error) => request.destroy(error)).pipe(request);
    });
  }

  /** Asks to switch protocols; throws KubeletUnreachable. */
  async upgrade(address: KubeletAddress, options: KubeletRequest): Promise<UpgradeOutcome> {
    const { method, path, headers = {}, signal } = options;
    const tls = this.#target(address, false);
    const url = new URL(`https://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`);
    try {
      return await requestUpgrade({ url, path, method, headers, tls, signal });
    } catch (error) {
      throw new KubeletUnreachable(address, error);
    }
  }

  /** A plain connection to a pod of the kubelet's node; throws KubeletUnreachable, or DialRefused with the reason. */
  async dial(
    address: KubeletAddress,
    pod: { readonly ip: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<Duplex> {
    const path = `/cox/dial/${encodeURIComponent(pod.ip)}/${pod.port}`;
    const headers = { connection: 'Upgrade', upgrade: 'tcp' };
    const outcome = await this.upgrade(address, { method: 'GET', path, headers, signal });
    if (outcome.upgraded) {
      if (outcome.head.length > 0) outcome.socket.unshift(outcome.head);
      return outcome.socket;
    }
    throw new DialRefused((await readText(outcome.response)).trim());
  }

  #target(
    address: KubeletAddress,
    insecure: boolean,
  ): ConnectionOptions & { readonly host: string; readonly port: number } {
    const { cert, key, ca } = this.#tls;
    return {
      host: address.host,
      port: address.port,
      cert,
      key,
      ca,
      rejectUnauthorized: !insecure,
      minVersion: 'TLSv1.2',
    };
  }
}

const maxTextBytes = 16 * 1024;

/** The beginning of an answer's body, for messages. */
export async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    parts.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= maxTextBytes) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, maxTextBytes);
}
