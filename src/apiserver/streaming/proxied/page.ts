import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { HtmlRewriter } from './rewrite-html.ts';

export interface Page {
  readonly body: Readable;
  /** Headers that do not hold for the body any more. */
  readonly dropped: readonly string[];
}

const decoders = { gzip: createGunzip, deflate: createInflate } as const;

/**
 * The body of a proxied answer as the client gets it: an HTML page with its links made to lead through the proxy,
 * anything else as it is. Pages in an encoding that cannot be read here pass unchanged.
 */
export function pageOf(response: IncomingMessage, rewrite: (link: string) => string): Page {
  const type = (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  const isReadable = encoding === '' || encoding === 'identity' || encoding in decoders;
  if (type !== 'text/html' || !isReadable || response.headers.location !== undefined)
    return { body: response, dropped: [] };
  const rewriter = new HtmlRewriter(rewrite);
  // An error ends the page, which its reader notices: nothing is left to do here.
  const done = (): void => undefined;
  if (encoding === 'gzip' || encoding === 'deflate') pipeline(response, decoders[encoding](), rewriter, done);
  else pipeline(response, rewriter, done);
  return { body: rewriter, dropped: ['content-length', 'content-encoding'] };
}
