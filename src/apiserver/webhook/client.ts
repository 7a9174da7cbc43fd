import { request as httpRequest } from 'node:http';
import { isJsonObject } from '../../machinery/json.ts';
import { dialError } from '../../machinery/upgrade/dial-failure.ts';
import { dial } from '../streaming/proxied/dial.ts';
import type { ServiceDialer, ServiceReader } from '../streaming/service-dialer.ts';
import type { Destination } from './connection-pool.ts';
import { ConnectionPool } from './connection-pool.ts';
import { certificateFailure } from './tls-failure.ts';
import type { RemoteAnswer } from './read-answer.ts';
import { readAnswer } from './read-answer.ts';

/** Where a webhook is asked: `clientConfig` of whatever names one. */
export interface WebhookAddress {
  readonly url?: string | undefined;
  readonly service?:
    | {
        readonly namespace: string;
        readonly name: string;
        readonly path?: string | undefined;
        readonly port?: number | undefined;
      }
    | undefined;
  /** PEM, in base64. */
  readonly caBundle?: string | undefined;
}

export interface WebhookClientOptions {
  readonly reader: ServiceReader;
  /** Absent where this server cannot reach Services. */
  readonly dialService?: ServiceDialer | undefined;
}

/** A webhook that could not be asked, or answered no JSON with a status of success; the message is upstream's. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';
}

const maxPools = 128;

/** What upstream's client says of an answer that is no success. */
function refusal({ status, text }: RemoteAnswer): string {
  if (status === 404) return 'the server could not find the requested resource';
  if (status >= 500) {
    const shown = JSON.stringify(text.trim().slice(0, 2048));
    return `an error on the server (${text.trim() === '' ? '"unknown"' : shown}) has prevented the request from succeeding`;
  }
  return 'the server rejected our request for an unknown reason';
}

/** Asks webhooks over HTTPS, at a URL or at a Service; connections are kept between calls. */
export class WebhookClient {
  readonly #options: WebhookClientOptions;
  readonly #pools = new Map<string, ConnectionPool>();

  constructor(options: WebhookClientOptions) {
    this.#options = options;
  }

  /** Posts `body` and returns the JSON object of the answer; throws WebhookCallError. */
  async post(address: WebhookAddress, body: object, timeoutSeconds: number): Promise<object> {
    const url = urlOf(address);
    url.searchParams.set('timeout', `${timeoutSeconds}s`);
    const shown = `Post ${JSON.stringify(shownUrl(url, address))}`;
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const answer = await this.#send(address, url, JSON.stringify(body), signal).catch((error: unknown) => {
      const text = signal.aborted ? 'context deadline exceeded' : failureOf(error);
      throw new WebhookCallError(`${shown}: ${text}`, { cause: error });
    });
    if (answer.status < 200 || answer.status > 299) throw new WebhookCallError(refusal(answer));
    const value = parse(answer.text);
    if (isJsonObject(value)) return value;
    const text = `couldn't get version/kind; json parse error: the answer is no JSON object: ${answer.text.slice(0, 128)}`;
    throw new WebhookCallError(text);
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }

  async #send(address: WebhookAddress, url: URL, body: string, signal: AbortSignal): Promise<RemoteAnswer> {
    const agent = this.#pool(address, url);
    for (;;) {
      const request = httpRequest({
        agent,
        host: url.hostname,
        port: portOf(url),
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: {
          host: url.host,
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'kube-apiserver-admission',
          'content-length': Buffer.byteLength(body),
        },
        signal,
      });
      try {
        return await exchange(request, body);
      } catch (error) {
        // A kept connection may have ended meanwhile, before the webhook saw anything of this request.
        const { code } = error as NodeJS.ErrnoException;
        if (!request.reusedSocket || signal.aborted || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
      }
    }
  }

  #pool(address: WebhookAddress, url: URL): ConnectionPool {
    const key = JSON.stringify([address.service, url.host, address.caBundle]);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    // What configurations of long ago have left: its idle connections end by themselves.
    const [oldest] = this.#pools.keys();
    if (this.#pools.size >= maxPools && oldest !== undefined) this.#pools.delete(oldest);
    const pool = new ConnectionPool(this.#destination(address, url));
    this.#pools.set(key, pool);
    return pool;
  }

  #destination({ service, caBundle = '' }: WebhookAddress, url: URL): Destination {
    const serverName = url.hostname.replace(/^\[|\]$/g, '');
    const port = portOf(url);
    const ca = caBundle === '' ? undefined : Buffer.from(caBundle, 'base64').toString('utf8');
    const { reader, dialService } = this.#options;
    if (service === undefined) return { serverName, ca, dial: (signal) => dialUrl(serverName, port, signal) };
    const { namespace, name } = service;
    return {
      serverName,
      ca,
      dial: async (signal) => {
        if (dialService === undefined) throw new Error(`service ${JSON.stringify(name)} cannot be reached from here`);
        return dialService({ namespace, name, port }, reader, signal);
      },
    };
  }
}

function exchange(request: ReturnType<typeof httpRequest>, body: string): Promise<RemoteAnswer> {
  return new Promise((resolve, reject) => {
    request.once('response', (response) => readAnswer(response).then(resolve, reject));
    request.once('error', reject);
    request.end(body);
  });
}

async function dialUrl(host: string, port: number, signal: AbortSignal): ReturnType<typeof dial> {
  try {
    return await dial(host, port, signal);
  } catch (error) {
    throw new Error(dialError(host, port, error), { cause: error });
  }
}

function failureOf(error: unknown): string {
  return certificateFailure(error) ?? (error instanceof Error ? error.message : String(error));
}

const portOf = ({ port }: URL): number => (port === '' ? 443 : Number(port));

function urlOf({ url, service }: WebhookAddress): URL {
  if (url !== undefined) return new URL(url);
  const { namespace = '', name = '', path = '', port = 443 } = service ?? {};
  return new URL(`https://${name}.${namespace}.svc:${port}${path.startsWith('/') ? '' : '/'}${path}`);
}

/** A Service's port is always shown. */
const shownUrl = (url: URL, { service }: WebhookAddress): string =>
  service === undefined || url.port !== '' ? url.href : url.href.replace(url.host, `${url.host}:443`);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
