import type { ObjectMeta } from '../../api/meta/meta.schema.ts';

/** Any object on its way through the server: typed by its kind's schema, seen here as metadata and the rest. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}
