/** A function that works out its value once for each object, for objects that never change. */
export function memo<T extends WeakKey, R>(compute: (object: T) => R): (object: T) => R {
  const known = new WeakMap<T, { readonly value: R }>();
  return (object) => {
    let entry = known.get(object);
    if (entry === undefined) {
      entry = { value: compute(object) };
      known.set(object, entry);
    }
    return entry.value;
  };
}
