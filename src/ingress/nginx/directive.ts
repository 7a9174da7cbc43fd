import type { Source } from '../model/route-table.ts';

/**
 * nginx's configuration as a tree. Text is made from it in one place, so that an argument is always exactly one
 * argument, whatever it holds.
 */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly Directive[] | undefined;
  /** Lua code of our own in place of a block. */
  readonly lua?: string;
  /** On whose behalf it is there: who is told when nginx does not take it. */
  readonly source?: Source | undefined;
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

export interface ConfigurationText {
  readonly text: string;
  /** Whose directive stands on a line, counted from 1. */
  readonly sourceOf: (line: number) => Source | undefined;
}

/** Writes the tree down, one directive a line. Throws a RangeError for an argument that no file can hold. */
export function formatConfiguration(directives: readonly Directive[]): ConfigurationText {
  const lines: string[] = [];
  const sources: (Source | undefined)[] = [];
  const write = (items: readonly Directive[], indent: string, inherited: Source | undefined): void => {
    for (const { name, args, block: content, lua, source = inherited } of items) {
      const head = indent + [name, ...args].map(quote).join(' ');
      sources.push(source);
      if (lua !== undefined) lines.push(`${head} { ${lua} }`);
      else if (content === undefined) lines.push(`${head};`);
      else {
        lines.push(`${head} {`);
        write(content, `${indent}  `, source);
        lines.push(`${indent}}`);
        sources.push(source);
      }
    }
  };
  write(directives, '', undefined);
  return { text: `${lines.join('\n')}\n`, sourceOf: (line) => sources[line - 1] };
}

/** One argument, quoted unless it is plain. Inside quotes nginx knows `\"`, `\\` and nothing else that matters here. */
export function quote(argument: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(argument) || !argument.isWellFormed()) {
    throw new RangeError(`not an argument of a configuration: ${JSON.stringify(argument)}`);
  }
  if (/^[A-Za-z0-9_./:=@~^*+,()$-]+$/.test(argument)) return argument;
  return `"${argument.replaceAll(/[\\"]/g, '\\$&')}"`;
}
