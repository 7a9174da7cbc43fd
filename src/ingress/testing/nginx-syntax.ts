/** A directive as nginx reads it: its words, and what its block holds. */
export interface ReadDirective {
  readonly words: readonly string[];
  readonly block?: readonly ReadDirective[];
  readonly lua?: string;
}

/**
 * Reads a configuration by nginx's own rules for words, quotes and escapes (`ngx_conf_read_token`), independently of
 * what writes it. Throws for text that nginx would refuse.
 */
export function readNginx(text: string): readonly ReadDirective[] {
  const reader = new Reader(text);
  const found = reader.directives(true);
  return found;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  directives(isTop: boolean): readonly ReadDirective[] {
    const found: ReadDirective[] = [];
    for (;;) {
      const words: string[] = [];
      const end = this.#statement(words);
      if (end === 'end' && isTop && words.length === 0) return found;
      if (end === '}' && !isTop && words.length === 0) return found;
      if (end === ';' && words.length > 0) found.push({ words });
      else if (end === '{' && words.length > 0) {
        if (words[0]?.endsWith('_by_lua_block') === true) found.push({ words, lua: this.#lua() });
        else found.push({ words, block: this.directives(false) });
      } else throw new Error(`unexpected ${JSON.stringify(end)} at ${this.#at}`);
    }
  }

  #statement(words: string[]): ';' | '{' | '}' | 'end' {
    for (;;) {
      while (/\s/.test(this.#peek())) this.#at += 1;
      const next = this.#peek();
      if (next === '') return 'end';
      if (next === '#') {
        while (this.#peek() !== '\n' && this.#peek() !== '') this.#at += 1;
      } else if (next === ';' || next === '{' || next === '}') {
        this.#at += 1;
        return next;
      } else words.push(next === '"' || next === "'" ? this.#quoted(next) : this.#bare());
    }
  }

  #quoted(quote: string): string {
    this.#at += 1;
    let word = '';
    for (;;) {
      const next = this.#peek();
      if (next === '') throw new Error('a quote does not end');
      this.#at += 1;
      if (next === quote) break;
      word += next === '\\' ? this.#escaped() : next;
    }
    if (!/[\s;{)]/.test(this.#peek())) throw new Error(`no space after a quoted word at ${this.#at}`);
    return word;
  }

  #bare(): string {
    let word = '';
    for (;;) {
      const next = this.#peek();
      if (next === '') throw new Error('a word does not end');
      if (/[\s;]/.test(next) || (next === '{' && !word.endsWith('$'))) return word;
      this.#at += 1;
      word += next === '\\' ? this.#escaped() : next;
    }
  }

  #escaped(): string {
    const next = this.#peek();
    this.#at += 1;
    if (next === '"' || next === "'" || next === '\\') return next;
    return { t: '\t', r: '\r', n: '\n' }[next] ?? `\\${next}`;
  }

  /** Our Lua code holds no braces; nginx counts them. */
  #lua(): string {
    const end = this.#text.indexOf('}', this.#at);
    const code = this.#text.slice(this.#at, end);
    if (code.includes('{')) throw new Error('braces in Lua code');
    this.#at = end + 1;
    return code.trim();
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }
}
