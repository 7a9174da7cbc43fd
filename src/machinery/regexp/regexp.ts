import { parseRegexp } from './parse.ts';
import type { Instruction } from './program.ts';
import { compileRegexp } from './program.ts';
import type { Assertion } from './syntax.ts';
import { isWord } from './syntax.ts';

export { RegexpError } from './syntax.ts';

/** Before the first character and behind the last. */
const edge = -1;

function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'text-start':
      return before === edge;
    case 'text-end':
      return after === edge;
    case 'line-start':
      return before === edge || before === 0x0a;
    case 'line-end':
      return after === edge || after === 0x0a;
    case 'word':
      return isWord(before) !== isWord(after);
    case 'no-word':
      return isWord(before) === isWord(after);
  }
}

/** Where a match stands in the text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Of what lies behind, assertions see no more than this of a character. */
const kindOf = (code: number): number => (code === edge ? edge : code === 0x0a ? 0x0a : isWord(code) ? 0x61 : 0x20);

/** What may come next, at one place in the text; remembered with where each character leads. */
interface State {
  readonly places: readonly number[];
  readonly before: number;
  readonly steps: Map<number, State | 'match' | 'fail'>;
}

const maxStates = 2000;

/**
 * A regular expression in RE2's syntax, matched in time linear in the text: unlike JavaScript's own, it cannot be
 * made to hang, and takes just what Go takes. https://github.com/google/re2/wiki/Syntax
 */
export class LinearRegExp {
  readonly #instructions: readonly Instruction[];
  readonly #start: number;
  readonly #states = new Map<string, State>();
  readonly #seen: Uint32Array;
  #round = 0;

  /** Throws RegexpError. */
  constructor(text: string) {
    const { instructions, start } = compileRegexp(parseRegexp(text), text);
    this.#instructions = instructions;
    this.#start = start;
    this.#seen = new Uint32Array(instructions.length);
  }

  /** Whether the expression matches anywhere in `text`. */
  test(text: string): boolean {
    if (this.#states.size > maxStates) this.#states.clear();
    let state = this.#state([], edge);
    for (let at = 0; at <= text.length; at++) {
      const code = at === text.length ? edge : (text.codePointAt(at) ?? edge);
      if (code > 0xffff) at++;
      let next = state.steps.get(code);
      if (next === undefined) state.steps.set(code, (next = this.#step(state, code)));
      if (next === 'match') return true;
      if (next === 'fail') return false;
      state = next;
    }
    return false;
  }

  #state(places: readonly number[], before: number): State {
    const key = `${before}:${places.join(',')}`;
    let state = this.#states.get(key);
    if (state === undefined) this.#states.set(key, (state = { places, before, steps: new Map() }));
    return state;
  }

  #step({ places, before }: State, code: number): State | 'match' | 'fail' {
    const reached: number[] = [];
    this.#round++;
    // A match may begin here as well as go on.
    for (const place of [...places, this.#start]) {
      if (this.#follow(place, before, code, reached)) return 'match';
    }
    if (code === edge) return 'fail';
    const next = new Set<number>();
    for (const place of reached) {
      const instruction = this.#instructions[place];
      if (instruction?.op === 'char' && instruction.test(code)) next.add(instruction.next);
    }
    return this.#state([...next], kindOf(code));
  }

  /** Adds the characters that can be read from a place on, in order; true when a match is among them. */
  #follow(from: number, before: number, after: number, reached: number[]): boolean {
    const waiting = [from];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (this.#seen[place] === this.#round) continue;
      this.#seen[place] = this.#round;
      const instruction = this.#instructions[place];
      switch (instruction?.op) {
        case 'match':
          return true;
        case 'split':
          waiting.push(instruction.other, instruction.next);
          break;
        case 'assert':
          if (holds(instruction.assertion, before, after)) waiting.push(instruction.next);
          break;
        case 'char':
          reached.push(place);
      }
    }
    return false;
  }

  /** The leftmost match from `from` on, and of those that begin there the one that Go prefers. */
  find(text: string, from = 0): Span | undefined {
    let threads: { place: number; start: number }[] = [];
    let found: Span | undefined;
    let before = from === 0 ? edge : text.charCodeAt(from - 1);
    for (let at = from; at <= text.length;) {
      const code = at === text.length ? edge : (text.codePointAt(at) ?? edge);
      if (found === undefined) threads.push({ place: this.#start, start: at });
      if (threads.length === 0) break;
      const width = code > 0xffff ? 2 : 1;
      const next: { place: number; start: number }[] = [];
      this.#round++;
      for (const { place, start } of threads) {
        const reached: number[] = [];
        const matched = this.#follow(place, before, code, reached);
        for (const target of reached) {
          const instruction = this.#instructions[target];
          if (instruction?.op === 'char' && code !== edge && instruction.test(code)) {
            next.push({ place: instruction.next, start });
          }
        }
        if (!matched) continue;
        // What would come after a match is not wanted any more.
        found = { start, end: at };
        break;
      }
      threads = next;
      before = code;
      at += width;
    }
    return found;
  }
}

const known = new Map<string, LinearRegExp>();
const maxKnown = 1000;

/** The compiled form of an expression, kept for the next time; throws RegexpError. */
export function linearRegExp(text: string): LinearRegExp {
  let compiled = known.get(text);
  if (compiled !== undefined) return compiled;
  compiled = new LinearRegExp(text);
  if (known.size >= maxKnown) known.clear();
  known.set(text, compiled);
  return compiled;
}
