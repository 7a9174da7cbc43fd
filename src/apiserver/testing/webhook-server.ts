import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { selfSigned } from './self-signed.ts';

/** A webhook on 127.0.0.1 with a certificate of its own. */
export interface WebhookServer extends AsyncDisposable {
  readonly url: string;
  /** In base64, as `caBundle` wants it. */
  readonly caBundle: string;
  /** What it was sent, in order. */
  readonly received: Readonly<Record<string, unknown>>[];
}

/** Answers each review with what `answer` makes of it. */
export async function startWebhookServer(
  answer: (review: Readonly<Record<string, unknown>>, path: string) => unknown,
): Promise<WebhookServer> {
  const pair = selfSigned('IP:127.0.0.1');
  const received: Readonly<Record<string, unknown>>[] = [];
  const server = createServer(pair, (request, response) => {
    void text(request).then((body) => {
      const review = JSON.parse(body) as Readonly<Record<string, unknown>>;
      received.push(review);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(review, (request.url ?? '').split('?', 1)[0] ?? '')));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(pair.cert).toString('base64'),
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
