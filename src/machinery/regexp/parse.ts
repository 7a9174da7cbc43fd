import type { CharTest, RegexpNode } from './syntax.ts';
import {
  RegexpError,
  anyOf,
  between,
  escapedClasses,
  ignoringCase,
  noneOf,
  posixClasses,
  unicodeClass,
} from './syntax.ts';

interface Flags {
  /** i */
  readonly ignoreCase: boolean;
  /** m: `^` and `$` match at lines. */
  readonly lines: boolean;
  /** s: `.` matches line ends. */
  readonly dotAll: boolean;
  /** U: quantifiers are lazy unless marked. */
  readonly lazy: boolean;
}
const flagNames: Readonly<Record<string, keyof Flags>> = { i: 'ignoreCase', m: 'lines', s: 'dotAll', U: 'lazy' };
const noFlags: Flags = { ignoreCase: false, lines: false, dotAll: false, lazy: false };

const maxRepeat = 1000;
const maxDepth = 1000;
const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const isPunctuation = (character: string): boolean => /^[!-/:-@[-`{-~]$/.test(character);

/** Reads RE2's syntax (https://github.com/google/re2/wiki/Syntax). */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): RegexpNode {
    const node = this.#alternatives(noFlags);
    if (this.#at < this.#text.length) throw new RegexpError('unexpected )', this.#text);
    return node;
  }

  get #rest(): string {
    return this.#text.slice(this.#at);
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #take(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #alternatives(start: Flags): RegexpNode {
    if (++this.#depth > maxDepth) throw new RegexpError('expression nests too deeply', this.#text);
    let flags = start;
    const branches: RegexpNode[] = [];
    let parts: RegexpNode[] = [];
    while (this.#at < this.#text.length && this.#peek() !== ')') {
      if (this.#skip('|')) {
        branches.push({ op: 'concat', parts });
        parts = [];
        continue;
      }
      const opened = this.#at;
      if (this.#skip('(?')) {
        const changed = this.#flagGroup(flags, opened);
        if (changed !== undefined) {
          flags = changed;
          continue;
        }
      }
      parts.push(this.#repeated(this.#atom(flags), flags, opened));
    }
    this.#depth--;
    branches.push({ op: 'concat', parts });
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { op: 'alternate', parts: branches };
  }

  /** `(?i)`: flags for the rest of the group. Anything else that begins so is left for `#atom`. */
  #flagGroup(flags: Flags, opened: number): Flags | undefined {
    const match = /^([imsU]*)(?:-([imsU]+))?\)/.exec(this.#rest);
    if (match === null) {
      this.#at = opened;
      return undefined;
    }
    this.#at += match[0].length;
    return withFlags(flags, match[1] ?? '', match[2] ?? '');
  }

  #repeated(first: RegexpNode, flags: Flags, from: number): RegexpNode {
    let node = first;
    let repeats = 0;
    for (;;) {
      const start = this.#at;
      const counts = this.#quantifier(start);
      if (counts === undefined) return node;
      const marked = this.#skip('?');
      if (++repeats > 1) {
        throw new RegexpError('invalid nested repetition operator', this.#text.slice(start - 1, this.#at));
      }
      if (node.op === 'repeat' && counts.max * node.max > maxRepeat && Number.isFinite(counts.max * node.max)) {
        throw new RegexpError('invalid repeat count', this.#text.slice(from, this.#at));
      }
      node = { op: 'repeat', part: node, ...counts, greedy: marked === flags.lazy };
    }
  }

  #quantifier(start: number): { min: number; max: number } | undefined {
    if (this.#skip('*')) return { min: 0, max: Infinity };
    if (this.#skip('+')) return { min: 1, max: Infinity };
    if (this.#skip('?')) return { min: 0, max: 1 };
    const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#rest);
    if (match === null) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
    const last = Number.isFinite(max) ? max : min;
    if (min > maxRepeat || last > maxRepeat || max < min) {
      throw new RegexpError('invalid repeat count', this.#text.slice(start, this.#at));
    }
    return { min, max };
  }

  #atom(flags: Flags): RegexpNode {
    const start = this.#at;
    const character = this.#take();
    switch (character) {
      case '(':
        return this.#group(flags, start);
      case '[':
        return charNode(this.#bracket(flags, start), flags);
      case '.':
        return { op: 'char', test: flags.dotAll ? () => true : (code) => code !== 0x0a };
      case '^':
        return { op: 'assert', assertion: flags.lines ? 'line-start' : 'text-start' };
      case '$':
        return { op: 'assert', assertion: flags.lines ? 'line-end' : 'text-end' };
      case '*':
      case '+':
      case '?':
        throw new RegexpError('missing argument to repetition operator', character);
      case '\\':
        return this.#escape(flags, start);
      default:
        return literal(character, flags);
    }
  }

  #group(flags: Flags, start: number): RegexpNode {
    let inner = flags;
    if (this.#skip('?')) {
      const named = /^P?<([A-Za-z0-9_]+)>/.exec(this.#rest);
      const flagged = /^([imsU]*)(?:-([imsU]+))?:/.exec(this.#rest);
      if (named !== null) this.#at += named[0].length;
      else if (flagged !== null) {
        this.#at += flagged[0].length;
        inner = withFlags(flags, flagged[1] ?? '', flagged[2] ?? '');
      } else throw new RegexpError('invalid or unsupported Perl syntax', this.#text.slice(start, this.#at + 1));
    }
    const node = this.#alternatives(inner);
    if (!this.#skip(')')) throw new RegexpError('missing closing )', this.#text);
    return node;
  }

  #escape(flags: Flags, start: number): RegexpNode {
    switch (this.#peek()) {
      case 'A':
        this.#at++;
        return { op: 'assert', assertion: 'text-start' };
      case 'z':
        this.#at++;
        return { op: 'assert', assertion: 'text-end' };
      case 'b':
        this.#at++;
        return { op: 'assert', assertion: 'word' };
      case 'B':
        this.#at++;
        return { op: 'assert', assertion: 'no-word' };
      case 'Q':
        return this.#quoted(flags);
    }
    return charNode(this.#escapedClass(start) ?? this.#escapedTest(start), flags);
  }

  #quoted(flags: Flags): RegexpNode {
    this.#at++;
    const end = this.#text.indexOf('\\E', this.#at);
    const text = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 2;
    return { op: 'concat', parts: Array.from(text, (character) => literal(character, flags)) };
  }

  /** `\d`, `\pL`, `\P{Greek}`. */
  #escapedClass(start: number): CharTest | undefined {
    const known = escapedClasses[this.#peek()];
    if (known !== undefined) {
      this.#at++;
      return known;
    }
    const match = /^([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(this.#rest);
    if (match === null) return undefined;
    this.#at += match[0].length;
    const name = match[3] ?? match[4] ?? '';
    const found = name === 'Any' ? () => true : unicodeClass(name);
    if (found === undefined) throw new RegexpError('invalid character class range', this.#text.slice(start, this.#at));
    return (match[1] === 'P') !== (match[2] === '^') ? noneOf(found) : found;
  }

  #escapedTest(start: number): CharTest {
    const code = this.#escapedCode(start);
    return between(code, code);
  }

  #escapedCode(start: number): number {
    const rest = this.#rest;
    const match = /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/.exec(rest);
    if (match !== null) {
      this.#at += match[0].length;
      return match[3] === undefined ? Number.parseInt(match[1] ?? match[2] ?? '', 16) : Number.parseInt(match[3], 8);
    }
    const character = this.#take();
    const control = controls[character];
    if (control !== undefined) return control;
    if (character === '') throw new RegexpError('trailing backslash at end of expression', '');
    if (isPunctuation(character)) return character.codePointAt(0) ?? 0;
    throw new RegexpError('invalid escape sequence', this.#text.slice(start, this.#at));
  }

  #bracket(flags: Flags, start: number): CharTest {
    const negated = this.#skip('^');
    const tests: CharTest[] = [];
    for (let first = true; ; first = false) {
      if (this.#at >= this.#text.length) throw new RegexpError('missing closing ]', this.#text.slice(start));
      if (!first && this.#skip(']')) break;
      tests.push(this.#bracketItem());
    }
    // Case is folded before the class is turned around.
    const test = flags.ignoreCase ? ignoringCase(anyOf(...tests)) : anyOf(...tests);
    return negated ? noneOf(test) : test;
  }

  #bracketItem(): CharTest {
    const start = this.#at;
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#rest);
    if (posix !== null) {
      this.#at += posix[0].length;
      const test = posixClasses[posix[2] ?? ''];
      if (test === undefined) throw new RegexpError('invalid character class range', posix[0]);
      return posix[1] === '^' ? noneOf(test) : test;
    }
    if (this.#peek() === '\\') {
      this.#at++;
      const test = this.#escapedClass(start);
      if (test !== undefined) return test;
      this.#at = start;
    }
    const low = this.#bracketCode();
    if (this.#peek() !== '-' || this.#text[this.#at + 1] === ']') return between(low, low);
    this.#at++;
    const high = this.#bracketCode();
    if (high < low) throw new RegexpError('invalid character class range', this.#text.slice(start, this.#at));
    return between(low, high);
  }

  #bracketCode(): number {
    const start = this.#at;
    const character = this.#take();
    return character === '\\' ? this.#escapedCode(start) : (character.codePointAt(0) ?? 0);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const changed: Record<keyof Flags, boolean> = { ...flags };
  for (const [letter, name] of Object.entries(flagNames)) {
    if (on.includes(letter)) changed[name] = true;
    if (off.includes(letter)) changed[name] = false;
  }
  return changed;
}

function charNode(test: CharTest, flags: Flags): RegexpNode {
  return { op: 'char', test: flags.ignoreCase ? ignoringCase(test) : test };
}

function literal(character: string, flags: Flags): RegexpNode {
  const code = character.codePointAt(0) ?? 0;
  return charNode((other) => other === code, flags);
}

/** Reads an expression in RE2's syntax; throws RegexpError. */
export function parseRegexp(text: string): RegexpNode {
  return new Parser(text).parse();
}
