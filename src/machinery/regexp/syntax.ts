/** Whether a code point is in a class of characters. */
export type CharTest = (code: number) => boolean;

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word' | 'no-word';

/** A parsed expression. */
export type RegexpNode =
  | { readonly op: 'empty' }
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'concat' | 'alternate'; readonly parts: readonly RegexpNode[] }
  | {
      readonly op: 'repeat';
      readonly part: RegexpNode;
      readonly min: number;
      /** Infinity where there is no end. */
      readonly max: number;
      readonly greedy: boolean;
    };

/** An expression that RE2 does not take; the message is Go's. */
export class RegexpError extends Error {
  override readonly name = 'RegexpError';
  constructor(fault: string, part: string) {
    super(`error parsing regexp: ${fault}: \`${part}\``);
  }
}

export const isWord: CharTest = (code) =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a);

const between =
  (low: number, high: number): CharTest =>
  (code) =>
    code >= low && code <= high;
const not =
  (test: CharTest): CharTest =>
  (code) =>
    !test(code);
const any =
  (...tests: readonly CharTest[]): CharTest =>
  (code) =>
    tests.some((test) => test(code));
const among =
  (characters: string): CharTest =>
  (code) =>
    characters.includes(String.fromCodePoint(code));

const digit = between(0x30, 0x39);
const lower = between(0x61, 0x7a);
const upper = between(0x41, 0x5a);
const space = among('\t\n\f\r ');

/** What follows a backslash, inside and outside of brackets. */
export const escapedClasses: Readonly<Record<string, CharTest>> = {
  d: digit,
  D: not(digit),
  s: space,
  S: not(space),
  w: isWord,
  W: not(isWord),
};

/** `[:alpha:]` and its like, inside of brackets. */
export const posixClasses: Readonly<Record<string, CharTest>> = {
  alnum: any(digit, lower, upper),
  alpha: any(lower, upper),
  ascii: between(0, 0x7f),
  blank: among('\t '),
  cntrl: any(between(0, 0x1f), between(0x7f, 0x7f)),
  digit,
  graph: between(0x21, 0x7e),
  lower,
  print: between(0x20, 0x7e),
  punct: any(between(0x21, 0x2f), between(0x3a, 0x40), between(0x5b, 0x60), between(0x7b, 0x7e)),
  space: among('\t\n\v\f\r '),
  upper,
  word: isWord,
  xdigit: any(digit, between(0x41, 0x46), between(0x61, 0x66)),
};

/** `\pL`, `\p{Greek}`: a Unicode category or script; undefined for one that does not exist. */
export function unicodeClass(name: string): CharTest | undefined {
  for (const property of [name, `Script=${name}`]) {
    try {
      const pattern = new RegExp(`^\\p{${property}}$`, 'u');
      return (code) => pattern.test(String.fromCodePoint(code));
    } catch {
      // No such category: it may be a script.
    }
  }
  return undefined;
}

/** The class with the other case of each of its letters. */
export function ignoringCase(test: CharTest): CharTest {
  return (code) => {
    if (test(code)) return true;
    const text = String.fromCodePoint(code);
    return [text.toLowerCase(), text.toUpperCase()].some((other) => {
      const folded = other.codePointAt(0) ?? code;
      return folded !== code && other.length <= 2 && test(folded);
    });
  };
}

export { any as anyOf, between, not as noneOf };
