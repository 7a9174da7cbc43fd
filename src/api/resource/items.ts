import type { FieldError } from '../field-error.ts';
import { duplicateField, tooManyField } from '../field-error.ts';

interface ItemRules<T> {
  /** How many there may be; any number when left out. */
  readonly most?: number;
  readonly each: (item: T, path: string) => readonly FieldError[];
  /** What no two of them may have in common. */
  readonly key?: (item: T) => string;
}

/** The faults of a list at `path`: too many items, what is wrong with each, and which are there twice. */
export function validateItems<T>(items: readonly T[] = [], path: string, rules: ItemRules<T>): FieldError[] {
  const { most, each, key } = rules;
  if (most !== undefined && items.length > most) return [tooManyField(path, items.length, most)];
  const errors = items.flatMap((item, index) => each(item, `${path}[${index}]`));
  if (key === undefined) return errors;
  const keys = items.map(key);
  return [
    ...errors,
    ...keys.flatMap((one, index) => (keys.indexOf(one) < index ? [duplicateField(`${path}[${index}]`, one)] : [])),
  ];
}

type Entries<T> = Readonly<Record<string, T>>;

/** The faults of a map at `path`; a key that is wrong is told of the map as a whole. */
export function validateEntries<T>(
  entries: Entries<T> = {},
  path: string,
  rules: {
    readonly most?: number;
    readonly name: (key: string, path: string) => readonly FieldError[];
    readonly each?: (value: T, path: string) => readonly FieldError[];
  },
): FieldError[] {
  const { most, name, each } = rules;
  const all = Object.entries(entries);
  if (most !== undefined && all.length > most) return [tooManyField(path, all.length, most)];
  return all.flatMap(([key, value]) => [...name(key, path), ...(each?.(value, `${path}[${key}]`) ?? [])]);
}
