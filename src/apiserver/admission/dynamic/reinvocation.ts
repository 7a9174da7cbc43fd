import type { ApiObject } from '../../registry/api-object.ts';

/**
 * Which rules see an object again that others have changed after them: all that are built in, and the webhooks that
 * ask for it, once.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy
 */
export class Reinvocation {
  /** True in the second round. */
  isAgain = false;
  /** True when a second round is needed. */
  isNeeded = false;
  /** The object as the last of the webhooks left it. */
  left: ApiObject | undefined;
  readonly #asked = new Set<string>();
  readonly #wanted = new Set<string>();

  /** The object is another one now: those that have seen it before must see it again. */
  changed(): void {
    this.isNeeded = true;
    for (const id of this.#asked) this.#wanted.add(id);
    this.#asked.clear();
  }

  /** A webhook that wants to see later changes has seen the object. */
  asked(id: string): void {
    this.#asked.add(id);
  }

  isWanted(id: string): boolean {
    return this.#wanted.has(id);
  }
}
