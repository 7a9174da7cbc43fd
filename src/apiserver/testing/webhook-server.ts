import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A webhook on 127.0.0.1 with a certificate of its own. */
export interface WebhookServer extends AsyncDisposable {
  readonly url: string;
  /** In base64, as `caBundle` wants it. */
  readonly caBundle: string;
  /** What it was sent, in order. */
  readonly received: Readonly<Record<string, unknown>>[];
}

interface Pair {
  readonly key: string;
  readonly cert: string;
}

function selfSigned(): Pair {
  const directory = mkdtempSync(join(tmpdir(), 'cox-webhook-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const subject = ['-subj', '/CN=webhook', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(directory, { recursive: true });
  return pair;
}

/** Answers each review with what `answer` makes of it. */
export async function startWebhookServer(
  answer: (review: Readonly<Record<string, unknown>>, path: string) => unknown,
): Promise<WebhookServer> {
  const pair = selfSigned();
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
