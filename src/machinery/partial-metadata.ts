import { getField } from './json.ts';
import type { JsonObject } from './json.ts';

/** The version of `meta.k8s.io` in which a client asked for tables or metadata. */
export type MetaVersion = 'v1' | 'v1beta1';

/** An object with nothing but its metadata. */
export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: string;
  readonly metadata: unknown;
}

/** The metadata of an object as an object of its own; the metadata is shared with it. */
export function partialMetadata(object: object, version: MetaVersion = 'v1'): PartialObjectMetadata {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: getField(object as JsonObject, 'metadata') ?? {},
  };
}
