import type { Ingress } from '../api/networking/ingress.schema.ts';
import { keyOf } from '../client/informer.ts';
import type { Source } from './model/route-table.ts';
import type { Problem } from './plan/problem.ts';

interface Refusal {
  readonly resourceVersion: string;
  readonly problem: Problem;
}

/**
 * Ingresses that nginx does not take, though everything in them parsed (an expression that does not compile): the
 * last version that it took stands in for each, or nothing. So one author's mistake holds up nobody else.
 */
export class Refusals {
  readonly #refused = new Map<string, Refusal>();
  readonly #accepted = new Map<string, Ingress>();
  #present: ReadonlyMap<string, Ingress> = new Map();

  /** What to serve in place of these. A refusal holds until its Ingress changes. */
  substitute(ingresses: readonly Ingress[]): readonly Ingress[] {
    this.#present = new Map(ingresses.map((ingress) => [keyOf(ingress), ingress]));
    for (const known of [this.#refused, this.#accepted]) {
      for (const key of known.keys()) if (!this.#present.has(key)) known.delete(key);
    }
    return ingresses.flatMap((ingress) => {
      const key = keyOf(ingress);
      if (this.#refused.get(key)?.resourceVersion !== ingress.metadata.resourceVersion) {
        this.#refused.delete(key);
        return [ingress];
      }
      const accepted = this.#accepted.get(key);
      return accepted === undefined ? [] : [accepted];
    });
  }

  /** Notes that nginx does not take an Ingress; false where that is known already, so that trying again is in vain. */
  refuse(source: Source, message: string): boolean {
    const key = `${source.namespace}/${source.name}`;
    const resourceVersion = this.#present.get(key)?.metadata.resourceVersion;
    if (resourceVersion === undefined) return false;
    // Not even the older version: what else is there may have changed its meaning.
    if (this.#refused.has(key) && !this.#accepted.delete(key)) return false;
    this.#refused.set(key, { resourceVersion, problem: { source, reason: 'ConfigurationRejected', message } });
    return true;
  }

  /** Notes what nginx has taken. */
  accept(ingresses: readonly Ingress[]): void {
    for (const ingress of ingresses) this.#accepted.set(keyOf(ingress), ingress);
  }

  get problems(): readonly Problem[] {
    return [...this.#refused.values()].map(({ problem }) => problem);
  }
}
