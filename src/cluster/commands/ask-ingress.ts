import { request as requestHttp } from 'node:http';
import type { RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';

/** What came back, cut to its start; or why nothing did. */
export type Answer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }
  | { readonly error: string };

export interface AskIngressRequest {
  readonly url: URL;
  readonly port: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

const timeoutMs = 10_000;
const mostText = 200;

/** One request to the published port of a cluster's Ingress, for the host of `url`; never throws. */
export function askIngress({ url, port, method, headers }: AskIngressRequest): Promise<Answer> {
  const isSecure = url.protocol === 'https:';
  // The certificate is looked at by the explanation; here the answer counts.
  const tls = { rejectUnauthorized: false, servername: url.hostname };
  const options: RequestOptions = {
    host: '127.0.0.1',
    port,
    method,
    path: url.pathname + url.search,
    headers: { host: url.hostname, ...headers },
    agent: false,
    timeout: timeoutMs,
    ...(isSecure ? tls : {}),
  };
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ error: error.message });
    const sent = (isSecure ? requestHttps : requestHttp)(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text = (text + chunk).slice(0, mostText);
      });
      answer.on('error', fail);
      answer.on('end', () => {
        const found = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(found), text });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    sent.on('error', fail);
    sent.end();
  });
}
