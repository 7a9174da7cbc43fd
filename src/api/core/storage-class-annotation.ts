import type { ObjectMeta } from '../meta/meta.schema.ts';

/** Where volumes and claims named their class before they had a field for it. */
export const storageClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Warns of the annotation that a field has replaced. */
export function storageClassAnnotationWarning({ annotations = {} }: Pick<ObjectMeta, 'annotations'>): string[] {
  if (!Object.hasOwn(annotations, storageClassAnnotation)) return [];
  const message = 'deprecated since v1.8; use "storageClassName" attribute instead';
  return [`metadata.annotations[${storageClassAnnotation}]: ${message}`];
}
