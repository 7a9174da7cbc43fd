import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { validateNonNegative } from './numbers.ts';

type Counts = Readonly<Record<string, unknown>>;

const count = (status: object, name: string): number | undefined => {
  const value = (status as Counts)[name];
  return typeof value === 'number' ? value : undefined;
};

/** The faults of numbers in a status: none of `names` is below zero. */
export function validateCounts(status: object, names: readonly string[]): FieldError[] {
  return names.flatMap((name) => validateNonNegative(count(status, name), `status.${name}`));
}

/** The faults of parts that are larger than the whole: no one of `parts` exceeds `whole`, which is called `words`. */
export function validateParts(status: object, parts: readonly string[], whole: string, words: string): FieldError[] {
  return parts.flatMap((part) => {
    const value = count(status, part) ?? 0;
    const isMore = value > (count(status, whole) ?? 0);
    return isMore ? [invalidField(`status.${part}`, value, `cannot be greater than ${words}`)] : [];
  });
}

/** The fault of a count of name collisions that goes back: names would be given again. */
export function validateCollisions(
  status: { readonly collisionCount?: number | undefined },
  old: { readonly collisionCount?: number | undefined },
): FieldError[] {
  const { collisionCount = 0 } = status;
  const isLess = old.collisionCount !== undefined && collisionCount < old.collisionCount;
  return isLess ? [invalidField('status.collisionCount', collisionCount, 'cannot be decremented')] : [];
}

const readyParts = ['readyReplicas', 'availableReplicas'];

/** The faults of the numbers of a ReplicaSet, or of the older kind that is like it. */
export function validateReplicaCounts(status: object): FieldError[] {
  const names = ['replicas', 'fullyLabeledReplicas', ...readyParts, 'observedGeneration', 'terminatingReplicas'];
  return [
    ...validateCounts(status, names),
    ...validateParts(status, ['fullyLabeledReplicas', ...readyParts], 'replicas', 'status.replicas'),
    ...validateParts(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas'),
  ];
}
