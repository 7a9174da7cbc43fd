import type { InProcessTransport } from '../http/in-process.ts';

interface Table {
  readonly kind: string;
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly unknown[];
}

/** What a Table that comes as a body shows, in short. */
export async function tableOfBody(body: AsyncIterable<Uint8Array>): Promise<object> {
  const chunks = await Array.fromAsync(body);
  const { kind, columnDefinitions, rows } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Table;
  return { kind, columns: columnDefinitions.map(({ name }) => name), rows: rows.length };
}

/** An answer with JSON in it, read to its end. */
export interface JsonAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a Status. */
  readonly message: string | undefined;
}

/** Sends one request with JSON in it; a PATCH is a merge patch. */
export async function sendJson(
  transport: InProcessTransport,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await transport.request({
    method,
    path,
    headers: { accept: 'application/json', 'content-type': type, ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
  });
  const text = Buffer.concat(await Array.fromAsync(answer.body)).toString('utf8');
  const parsed = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { message } = parsed;
  return {
    code: answer.status,
    headers: answer.headers,
    body: parsed,
    message: typeof message === 'string' ? message : undefined,
  };
}
