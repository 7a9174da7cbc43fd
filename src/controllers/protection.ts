import type { ObjectMeta } from '../api/meta/meta.schema.ts';

/** The finalizers to write so that `finalizer` holds an object while it is in use; undefined where nothing changes. */
export function protectionFinalizers(
  metadata: ObjectMeta,
  { finalizer, inUse }: { readonly finalizer: string; readonly inUse: boolean },
): readonly string[] | undefined {
  const { finalizers = [], deletionTimestamp } = metadata;
  const held = finalizers.includes(finalizer);
  if (deletionTimestamp === undefined) return held ? undefined : [...finalizers, finalizer];
  return held && !inUse ? finalizers.filter((name) => name !== finalizer) : undefined;
}
