/**
 * nginx's configuration as a tree. Text is made from it in one place, so that a word is always exactly one word,
 * whatever it holds.
 */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly Directive[] | undefined;
  /** Lua code of our own in place of a block. */
  readonly lua?: string;
}

/** A directive without block. Arguments may hold anything but control characters. */
export function directive(name: string, ...args: readonly (string | number)[]): Directive {
  return { name, args: args.map(String) };
}

/** A directive with a block. */
export function block(name: string, args: readonly string[], content: readonly Directive[]): Directive {
  return { name, args, block: content };
}

/** A `…_by_lua_block`; `lua` is code of ours, never of an author. */
export function luaBlock(name: string, lua: string): Directive {
  return { name, args: [], lua };
}

/** Writes the tree down, one directive a line. Throws a RangeError for an argument that no file can hold. */
export function formatConfiguration(directives: readonly Directive[]): string {
  const lines: string[] = [];
  const write = (items: readonly Directive[], indent: string): void => {
    for (const { name, args, block: content, lua } of items) {
      const head = indent + [name, ...args].map(quote).join(' ');
      if (lua !== undefined) lines.push(`${head} { ${lua} }`);
      else if (content === undefined) lines.push(`${head};`);
      else {
        lines.push(`${head} {`);
        write(content, `${indent}  `);
        lines.push(`${indent}}`);
      }
    }
  };
  write(directives, '');
  return `${lines.join('\n')}\n`;
}

/** One word, quoted unless it is plain. Inside quotes nginx knows `\"`, `\\` and nothing else that matters here. */
function quote(word: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(word) || !word.isWellFormed()) {
    throw new RangeError(`not a word of a configuration: ${JSON.stringify(word)}`);
  }
  if (/^[A-Za-z0-9_./:=@~^*+,()$-]+$/.test(word)) return word;
  return `"${word.replaceAll(/[\\"]/g, '\\$&')}"`;
}
