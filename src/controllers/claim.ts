import type { ObjectMeta } from '../api/meta/meta.schema.ts';
import { controllerOf } from './owner.ts';

interface Claimable {
  readonly metadata: ObjectMeta;
}

interface ClaimRules<T extends Claimable> {
  readonly owner: { readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string | undefined } };
  readonly matches: (object: T) => boolean;
  /** Orphans that may not be adopted, whatever their labels say. */
  readonly adoptable?: (object: T) => boolean;
}

export interface Claims<T> {
  /** What the owner manages already and goes on managing. */
  readonly owned: readonly T[];
  /** Orphans that match the selector: to be managed once their owner reference is written. */
  readonly adopt: readonly T[];
  /** Managed objects that match no longer. */
  readonly release: readonly T[];
}

/** Which of `candidates` an owner manages, by upstream's rules of adoption and release. */
export function planClaims<T extends Claimable>(candidates: Iterable<T>, rules: ClaimRules<T>): Claims<T> {
  const { owner, matches, adoptable = () => true } = rules;
  const leaving = owner.metadata.deletionTimestamp !== undefined;
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    if (controller !== undefined && controller.uid !== owner.metadata.uid) continue;
    const match = matches(object);
    if (controller === undefined) {
      const free = !leaving && object.metadata.deletionTimestamp === undefined;
      if (free && match && adoptable(object)) adopt.push(object);
    } else if (match) owned.push(object);
    else if (!leaving) release.push(object);
  }
  return { owned, adopt, release };
}
