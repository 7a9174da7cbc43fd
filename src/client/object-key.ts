/** The key of an object in caches and queues: `namespace/name`, or `name` for cluster-scoped kinds. */
export function keyOf(object: {
  readonly metadata: { readonly name?: string | undefined; readonly namespace?: string | undefined };
}): string {
  const { name = '', namespace } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
