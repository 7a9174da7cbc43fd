import type { OwnerReference } from '../../api/meta/meta.schema.ts';

const limit = 500;

/** Owners known to be gone for good, so that a thousand dependents cause one question and not a thousand. */
export class AbsentOwners {
  readonly #known = new Set<string>();

  /** Notes that there is no such object in the namespace (undefined: in the cluster). */
  add(owner: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>, namespace: string | undefined): void {
    if (this.#known.size >= limit) {
      const [oldest] = this.#known;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.add(keyOf(owner, namespace));
  }

  has(owner: OwnerReference, namespace: string | undefined): boolean {
    return this.#known.has(keyOf(owner, namespace));
  }
}

function keyOf(
  { apiVersion, kind, name, uid }: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>,
  namespace: string | undefined,
): string {
  return JSON.stringify([apiVersion, kind, namespace, name, uid]);
}
