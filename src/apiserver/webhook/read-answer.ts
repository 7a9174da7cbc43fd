import type { IncomingMessage } from 'node:http';

const maxAnswerBytes = 16 * 1024 * 1024;

/** An answer that has been read to its end. */
export interface RemoteAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Reads an answer of at most 16 MiB; throws an Error for a longer one. */
export async function readAnswer(response: IncomingMessage): Promise<RemoteAnswer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > maxAnswerBytes) throw new Error('http: response body too large');
    parts.push(chunk as Buffer);
  }
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, text: Buffer.concat(parts).toString('utf8') };
}
