import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Container, HTTPGetAction } from '../../../api/core/container.schema.ts';
import { goQuote } from '../../environment/go-quote.ts';
import { dialErrorText, errorCode } from '../network-error.ts';
import type { ProbeOutcome } from '../outcome.ts';
import { answeredFailure, failure, maxOutputBytes, success } from '../outcome.ts';
import { joinHostPort, resolveHost, resolvePort } from '../target.ts';

const maxRedirects = 10;
const redirects = [301, 302, 303, 307, 308];

export interface HttpTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string[]>>;
}

export interface HttpAnswer {
  readonly status: number;
  /** The beginning of the body. */
  readonly body: string;
  readonly location: string | undefined;
}

/** An HTTP request that got no answer; the message is what Go's client would say. */
export class HttpError extends Error {
  /** The other side was reached, if not understood. */
  readonly connected: boolean;
  /** It spoke HTTP where HTTPS was expected. */
  readonly plainHttp: boolean;

  constructor(message: string, options: { connected: boolean; plainHttp?: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'HttpError';
    this.connected = options.connected;
    this.plainHttp = options.plainHttp === true;
  }
}

/** Where a probe's or hook's request goes; throws TargetError. */
export function httpTarget(
  action: HTTPGetAction,
  { container, address, purpose }: { container: Container; address: string | undefined; purpose: string },
): HttpTarget {
  const port = resolvePort(action.port, container);
  const host = resolveHost(action.host, address);
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = (action.path ?? '').replace(/^\/?/, '/');
  const headers: Record<string, string[]> = {};
  for (const { name, value } of action.httpHeaders ?? []) (headers[name.toLowerCase()] ??= []).push(value);
  headers['user-agent'] ??= [`${purpose}/1.36`];
  headers['accept'] ??= ['*/*'];
  return { url: new URL(`${scheme}://${joinHostPort(host, port)}${path}`), headers };
}

/** The URL as people write it: with the port even where the scheme implies it. */
function textOf({ protocol, host, hostname, port, pathname, search }: URL): string {
  const shown = port === '' ? `${hostname}:${protocol === 'https:' ? 443 : 80}` : host;
  return `${protocol}//${shown}${pathname}${search}`;
}

/** Sends one GET over a connection of its own; certificates are not looked at. Throws HttpError. */
export async function httpGet(target: HttpTarget, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, headers } = target;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  let connected = false;
  const secure = url.protocol === 'https:';
  const address = joinHostPort(url.hostname.replace(/^\[|\]$/g, ''), Number(url.port || (secure ? 443 : 80)));
  const fail = (what: string, cause?: unknown, plainHttp = false): void =>
    reject(new HttpError(`Get ${JSON.stringify(textOf(url))}: ${what}`, { connected, plainHttp, cause }));
  const options: RequestOptions & { rejectUnauthorized?: boolean } = {
    method: 'GET',
    headers: sentHeaders(headers),
    agent: false,
    signal,
    ...(secure ? { rejectUnauthorized: false } : {}),
  };
  const request = (secure ? requestHttps : requestHttp)(url, options);
  const timer = setTimeout(() => {
    const dial = connected ? 'context deadline exceeded' : `dial tcp ${address}: i/o timeout`;
    fail(`${dial} (Client.Timeout exceeded while awaiting headers)`);
  }, timeoutMs);
  request.once('socket', (socket) => {
    socket.once('connect', () => (connected = true));
  });
  request.once('response', (response) => {
    readStart(response).then(
      (body) => resolve({ status: response.statusCode ?? 0, body, location: response.headers.location }),
      (error: unknown) => fail(error instanceof Error ? error.message : String(error), error),
    );
  });
  request.on('error', (error) => {
    if (!connected) return fail(dialErrorText(address, error), error);
    if (errorCode(error) === 'ECONNRESET') return fail('EOF', error);
    const raw = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : undefined;
    const plain =
      secure &&
      ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'].includes(errorCode(error) ?? '');
    if (plain) return fail('http: server gave HTTP response to HTTPS client', error, true);
    if (raw === undefined) return fail(error.message, error);
    const [line = ''] = raw.toString('latin1').split(/\r?\n/, 1);
    return fail(`net/http: HTTP/1.x transport connection broken: malformed HTTP response ${goQuote(line)}`, error);
  });
  request.end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

/** An empty value takes a header away; Node takes one `host` only, as text. */
function sentHeaders(headers: HttpTarget['headers']): Record<string, string | string[]> {
  const present = Object.entries(headers).filter(([, values]) => values.some((value) => value !== ''));
  return Object.fromEntries(present.map(([name, values]) => [name, name === 'host' ? (values.at(-1) ?? '') : values]));
}

async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxOutputBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxOutputBytes).toString('utf8');
}

/** 200 to 399 is a success; redirects are followed within the host only, and one that leads elsewhere is a warning. */
export async function probeHttp(target: HttpTarget, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
  const deadline = performance.now() + timeoutMs;
  let current = target;
  try {
    for (let hops = 0; ; hops += 1) {
      const answer = await httpGet(current, Math.max(1, deadline - performance.now()), signal);
      const next = redirects.includes(answer.status) ? nextUrl(current.url, answer.location) : undefined;
      if (next === undefined || next.hostname !== target.url.hostname) return judge(answer);
      if (hops === maxRedirects - 1)
        return answeredFailure(`Get ${JSON.stringify(textOf(next))}: stopped after 10 redirects`);
      current = { ...current, url: next };
    }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { ...failure(error.message), answered: error.connected };
  }
}

function nextUrl(from: URL, location: string | undefined): URL | undefined {
  const next = location === undefined ? null : URL.parse(location, from.href);
  return next !== null && /^https?:$/.test(next.protocol) ? next : undefined;
}

function judge({ status, body }: HttpAnswer): ProbeOutcome {
  if (status < 200 || status > 399) return answeredFailure(`HTTP probe failed with statuscode: ${status}`);
  if (status < 300) return success;
  return { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
}
