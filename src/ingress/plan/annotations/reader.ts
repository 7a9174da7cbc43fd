import type { Source } from '../../model/route-table.ts';
import type { Problem } from '../problem.ts';
import type { AnnotationName } from './supported.ts';

export const prefix = 'nginx.ingress.kubernetes.io/';

/** What a value must look like, and its reading: undefined for text that is not that. */
export interface Format<T> {
  /** Ends the sentence "expected …". */
  readonly expects: string;
  readonly parse: (text: string) => T | undefined;
}

const closed = 'its paths answer 503, as they would be unprotected without it';

/** Reads one Ingress's annotations; what cannot be read is noted in `problems`. */
export class AnnotationReader {
  readonly problems: Problem[] = [];
  readonly #annotations: Readonly<Record<string, string>>;
  readonly #source: Source;
  #mustRefuse = false;

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

  /** Whether somebody is to be kept out in a way that cannot be had: nothing may be served then. */
  get mustRefuse(): boolean {
    return this.#mustRefuse;
  }

  has(name: AnnotationName): boolean {
    return this.#text(name) !== '';
  }

  /** The value, undefined where it is absent, empty or wrong. */
  read<T>(name: AnnotationName, format: Format<T>): T | undefined {
    const text = this.#text(name);
    if (text === '') return undefined;
    const value = format.parse(text);
    if (value === undefined) this.#invalid(name, format.expects, 'it has no effect');
    return value;
  }

  /** As `read`, for a value that keeps somebody out: one that is wrong or empty makes the Ingress refuse everybody. */
  readRestriction<T>(name: AnnotationName, format: Format<T>): T | undefined {
    if (this.#annotations[prefix + name] === undefined) return undefined;
    const value = this.#text(name) === '' ? undefined : format.parse(this.#text(name));
    if (value === undefined) {
      this.#mustRefuse = true;
      this.#invalid(name, format.expects, closed);
    }
    return value;
  }

  #text(name: AnnotationName): string {
    return this.#annotations[prefix + name]?.trim() ?? '';
  }

  #invalid(name: AnnotationName, expects: string, consequence: string): void {
    const value = JSON.stringify(this.#text(name).slice(0, 100));
    const message = `annotation ${prefix}${name}: ${value} is not valid, expected ${expects}; ${consequence}`;
    this.#note('InvalidAnnotation', message);
  }

  /** Complains about a name that nobody reads; `remedy` is the rest of the sentence. */
  unsupported(name: string, remedy: string): void {
    this.#note('UnsupportedAnnotation', `annotation ${prefix}${name} is not supported${remedy}`);
  }

  /** As `unsupported`, for one that keeps somebody out: the Ingress refuses everybody. */
  unsupportedRestriction(name: string, remedy: string): void {
    this.#mustRefuse = true;
    this.unsupported(name, `: ${closed}; ${remedy}`);
  }

  /** A value that is right in itself, but not with what else there is; `complaint` is the rest of the sentence. */
  misplaced(name: AnnotationName, complaint: string): void {
    this.#note('InvalidAnnotation', `annotation ${prefix}${name}: ${complaint}`);
  }

  /** As `misplaced`, for one that keeps somebody out: the Ingress refuses everybody. */
  misplacedRestriction(name: AnnotationName, complaint: string): void {
    this.#mustRefuse = true;
    this.misplaced(name, `${complaint}; ${closed}: put that right, or remove the annotation`);
  }

  #note(reason: Problem['reason'], message: string): void {
    this.problems.push({ source: this.#source, reason, message });
  }
}
