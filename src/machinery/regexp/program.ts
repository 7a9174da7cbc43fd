import type { Assertion, CharTest, RegexpNode } from './syntax.ts';
import { RegexpError } from './syntax.ts';

/** One step of an automaton; `next` and `other` are places in the program. */
export type Instruction =
  | { readonly op: 'char'; readonly test: CharTest; next: number }
  | { readonly op: 'assert'; readonly assertion: Assertion; next: number }
  /** Goes both ways, `next` first. */
  | { readonly op: 'split'; next: number; other: number }
  | { readonly op: 'match' };

const maxInstructions = 20_000;

class Compiler {
  readonly program: Instruction[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Adds what matches `node` and goes on at `next`; returns where it begins. */
  add(node: RegexpNode, next: number): number {
    switch (node.op) {
      case 'empty':
        return next;
      case 'char':
        return this.#push({ op: 'char', test: node.test, next });
      case 'assert':
        return this.#push({ op: 'assert', assertion: node.assertion, next });
      case 'concat':
        return node.parts.reduceRight((after, part) => this.add(part, after), next);
      case 'alternate':
        return node.parts
          .map((part) => this.add(part, next))
          .reduceRight((other, start) => this.#push({ op: 'split', next: start, other }));
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat({ part, min, max, greedy }: RegexpNode & { op: 'repeat' }, next: number): number {
    let start = next;
    if (max === Infinity) start = this.#loop(part, next, greedy);
    else for (let count = min; count < max; count++) start = this.#choice(this.add(part, start), next, greedy);
    for (let count = 0; count < min; count++) start = this.add(part, start);
    return start;
  }

  #loop(part: RegexpNode, next: number, greedy: boolean): number {
    const split: Instruction & { op: 'split' } = { op: 'split', next: 0, other: 0 };
    const at = this.#push(split);
    const body = this.add(part, at);
    split.next = greedy ? body : next;
    split.other = greedy ? next : body;
    return at;
  }

  #choice(body: number, next: number, greedy: boolean): number {
    return this.#push({ op: 'split', next: greedy ? body : next, other: greedy ? next : body });
  }

  #push(instruction: Instruction): number {
    if (this.program.length >= maxInstructions) throw new RegexpError('expression too large', this.#text);
    return this.program.push(instruction) - 1;
  }
}

/** An expression as a program: the first instruction is `match`, `start` says where to begin. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
}

/** The program of a parsed expression; throws RegexpError when it grows too large. */
export function compileRegexp(node: RegexpNode, text: string): Program {
  const compiler = new Compiler(text);
  compiler.program.push({ op: 'match' });
  const start = compiler.add(node, 0);
  return { instructions: compiler.program, start };
}
