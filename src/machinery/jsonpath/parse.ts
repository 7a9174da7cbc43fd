/** One step of a path, from the values found so far to those below them. */
export type Step =
  | { readonly op: 'field'; readonly names: readonly string[] }
  | { readonly op: 'wildcard' }
  | { readonly op: 'descend' }
  | { readonly op: 'slice'; readonly start?: number; readonly end?: number; readonly stride: number }
  | { readonly op: 'index'; readonly indexes: readonly number[] }
  | { readonly op: 'filter'; readonly filter: Filter };

export type Operand = { readonly path: readonly Step[] } | { readonly value: unknown };
export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** `?(@.type=="Ready")`: which items of a list are meant. Without an operator: those that have the field. */
export interface Filter {
  readonly left: Operand;
  readonly operator?: Operator;
  readonly right?: Operand;
}

/** A path that cannot be read; the message names the fault. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

const operators = ['==', '!=', '<=', '>=', '<', '>'] as const;

/** Reads the paths that kubectl and printer columns use. https://kubernetes.io/docs/reference/kubectl/jsonpath/ */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): readonly Step[] {
    if (this.#text[0] === '$' || this.#text[0] === '@') this.#at++;
    const steps: Step[] = [];
    while (this.#at < this.#text.length) steps.push(...this.#step());
    return steps;
  }

  #step(): Step[] {
    const text = this.#text;
    if (text.startsWith('..', this.#at)) {
      this.#at += 2;
      return [{ op: 'descend' }, ...(text[this.#at] === '[' ? [] : [this.#name()])];
    }
    if (text[this.#at] === '[') return [this.#bracket()];
    if (text[this.#at] === '.') {
      this.#at++;
      if (this.#at === text.length) return [];
      return text[this.#at] === '[' ? [this.#bracket()] : [this.#name()];
    }
    if (this.#at === 0) return [this.#name()];
    throw new JsonPathError(`unrecognized character in action: ${JSON.stringify(text[this.#at])}`);
  }

  #name(): Step {
    let name = '';
    while (this.#at < this.#text.length && !/[.[\]\s|()=<>!]/.test(this.#text[this.#at] ?? '')) {
      if (this.#text[this.#at] === '\\') this.#at++;
      name += this.#text[this.#at++] ?? '';
    }
    if (name === '') throw new JsonPathError('unexpected end of path: a field name is missing');
    return name === '*' ? { op: 'wildcard' } : { op: 'field', names: [name] };
  }

  #bracket(): Step {
    const inner = this.#inBrackets();
    if (inner === '*') return { op: 'wildcard' };
    if (inner.startsWith('?(') && inner.endsWith(')')) return { op: 'filter', filter: parseFilter(inner.slice(2, -1)) };
    const quoted = [...inner.matchAll(/\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/gy)];
    if (quoted.length > 0 && quoted.reduce((sum, [match]) => sum + match.length, 0) === inner.length) {
      const names = quoted.map(([, single, double]) => (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'));
      return { op: 'field', names };
    }
    if (/^\s*-?\d+\s*(,\s*-?\d+\s*)*$/.test(inner)) return { op: 'index', indexes: inner.split(',').map(Number) };
    const slice = /^\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?$/.exec(inner);
    if (slice === null) throw new JsonPathError(`invalid array index ${inner}`);
    const [, start = '', end = '', stride = ''] = slice;
    return {
      op: 'slice',
      ...(start === '' ? {} : { start: Number(start) }),
      ...(end === '' ? {} : { end: Number(end) }),
      stride: stride === '' ? 1 : Number(stride),
    };
  }

  #inBrackets(): string {
    const start = ++this.#at;
    let depth = 1;
    let quote = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === '\\') this.#at++;
      else if (quote !== '') quote = character === quote ? '' : quote;
      else if (character === '"' || character === "'") quote = character;
      else if (character === '[') depth++;
      else if (character === ']' && --depth === 0) return this.#text.slice(start, this.#at++);
    }
    throw new JsonPathError('unterminated array');
  }
}

function parseFilter(text: string): Filter {
  const split = findOperator(text);
  if (split === undefined) return { left: parseOperand(text) };
  const { operator, at } = split;
  return {
    left: parseOperand(text.slice(0, at)),
    operator,
    right: parseOperand(text.slice(at + operator.length)),
  };
}

/** The first operator that is not inside a quoted text. */
function findOperator(text: string): { operator: Operator; at: number } | undefined {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else {
      const operator = operators.find((one) => text.startsWith(one, at));
      if (operator !== undefined) return { operator, at };
    }
  }
  return undefined;
}

function parseOperand(given: string): Operand {
  const text = given.trim();
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted !== null) return { value: quoted[2] };
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  if (/^[@$.]/.test(text)) return { path: parsePath(text) };
  throw new JsonPathError(`unrecognized character in filter: ${JSON.stringify(text)}`);
}

/** Reads a path such as `.status.conditions[?(@.type=="Ready")].status`; throws JsonPathError. */
export function parsePath(text: string): readonly Step[] {
  return new Parser(text.trim()).parse();
}
