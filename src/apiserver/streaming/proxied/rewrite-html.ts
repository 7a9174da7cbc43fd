import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

/** The attributes that hold links, whatever their element: upstream's list without the elements nobody uses. */
const linkAttributes = 'href|src|action|formaction|background|cite|data|icon|longdesc|manifest|poster|profile|usemap';
const tag = /<[a-zA-Z][^<>]*>/g;
const attribute = new RegExp(`(\\s(?:${linkAttributes})\\s*=\\s*)("[^"]*"|'[^']*'|[^\\s"'>]+)`, 'gi');
/** What stands inside these is no markup, whatever it looks like. */
const rawText = /<(script|style|textarea|title)\b[^<>]*>/gi;
/** A tag longer than this is passed on as it is. */
const maxTagLength = 64 * 1024;

function rewriteTag(text: string, rewrite: (link: string) => string): string {
  return text.replace(attribute, (_whole, before: string, value: string) => {
    const quote = value.startsWith('"') || value.startsWith("'") ? value.charAt(0) : '';
    const link = quote === '' ? value : value.slice(1, -1);
    return `${before}${quote}${rewrite(link)}${quote}`;
  });
}

/**
 * Makes the links of an HTML page that is served through a proxy lead through it again: `rewrite` gets each link.
 * Works on the bytes as they come; what is no ASCII passes through untouched, so the page's encoding does not matter.
 */
export class HtmlRewriter extends Transform {
  readonly #rewrite: (link: string) => string;
  #pending = '';
  /** The element whose end is waited for. */
  #raw = '';

  constructor(rewrite: (link: string) => string) {
    super();
    this.#rewrite = rewrite;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#pending += chunk.toString('latin1');
    // A tag may go on in the next chunk.
    const open = this.#pending.lastIndexOf('<');
    const isCut = open >= 0 && !this.#pending.includes('>', open) && this.#pending.length - open < maxTagLength;
    const ready = isCut ? this.#pending.slice(0, open) : this.#pending;
    this.#pending = isCut ? this.#pending.slice(open) : '';
    callback(null, Buffer.from(this.#process(ready), 'latin1'));
  }

  override _flush(callback: TransformCallback): void {
    callback(null, Buffer.from(this.#process(this.#pending), 'latin1'));
  }

  #process(text: string): string {
    let result = '';
    let rest = text;
    for (;;) {
      if (this.#raw !== '') {
        const end = rest.search(new RegExp(`</${this.#raw}`, 'i'));
        if (end < 0) return result + rest;
        result += rest.slice(0, end);
        rest = rest.slice(end);
        this.#raw = '';
      }
      rawText.lastIndex = 0;
      const start = rawText.exec(rest);
      const markup = start === null ? rest : rest.slice(0, start.index + start[0].length);
      result += markup.replace(tag, (found) => rewriteTag(found, this.#rewrite));
      if (start === null) return result;
      this.#raw = start[1] ?? '';
      rest = rest.slice(markup.length);
    }
  }
}
