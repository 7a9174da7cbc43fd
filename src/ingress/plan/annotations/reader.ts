import type { Source } from '../../model/route-table.ts';
import type { Problem } from '../problem.ts';

export const prefix = 'nginx.ingress.kubernetes.io/';

/** What a value must look like, and its reading: undefined for text that is not that. */
export interface Format<T> {
  /** Ends the sentence "expected …". */
  readonly expects: string;
  readonly parse: (text: string) => T | undefined;
}

/** Reads one Ingress's annotations; what cannot be read is noted in `problems`. */
export class AnnotationReader {
  readonly problems: Problem[] = [];
  readonly #annotations: Readonly<Record<string, string>>;
  readonly #source: Source;

  constructor(annotations: Readonly<Record<string, string>>, source: Source) {
    this.#annotations = annotations;
    this.#source = source;
  }

  /** The names that are there, without the prefix. */
  get names(): readonly string[] {
    return Object.keys(this.#annotations)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  }

  has(name: string): boolean {
    return this.#text(name) !== '';
  }

  /** The value, undefined where it is absent, empty or wrong. */
  read<T>(name: string, format: Format<T>): T | undefined {
    const text = this.#text(name);
    if (text === '') return undefined;
    const value = format.parse(text);
    if (value === undefined) this.#invalid(name, format.expects, 'it has no effect');
    return value;
  }

  /** As `read`, for a value without which the route must not be open: `wrong` tells that it is there and unreadable. */
  readStrictly<T>(name: string, format: Format<T>): { readonly value: T | undefined; readonly wrong: boolean } {
    const text = this.#text(name);
    const value = text === '' ? undefined : format.parse(text);
    const wrong = text !== '' && value === undefined;
    if (wrong) this.#invalid(name, format.expects, 'its routes answer 503, as they would be unprotected without it');
    return { value, wrong };
  }

  #text(name: string): string {
    return this.#annotations[prefix + name]?.trim() ?? '';
  }

  #invalid(name: string, expects: string, consequence: string): void {
    const value = JSON.stringify(this.#text(name).slice(0, 100));
    const message = `annotation ${prefix}${name}: ${value} is not valid, expected ${expects}; ${consequence}`;
    this.#note('InvalidAnnotation', message);
  }

  unsupported(name: string, consequence: string): void {
    this.#note('UnsupportedAnnotation', `annotation ${prefix}${name} is not supported${consequence}`);
  }

  #note(reason: Problem['reason'], message: string): void {
    this.problems.push({ source: this.#source, reason, message });
  }
}
