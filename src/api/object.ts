import { ObjectMeta } from './meta/meta.schema.ts';
import type { Field, Infer, MessageSchema, MessageType, Typed } from './schema.ts';
import { message, optional, present, string } from './schema.ts';

/** Metadata as the server keeps it: what it fills in itself is always there. */
interface KeptMeta extends Infer<typeof ObjectMeta> {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}
export interface ClusterMeta extends KeptMeta {
  readonly namespace?: undefined;
}
export interface NamespacedMeta extends KeptMeta {
  readonly namespace: string;
}

/** Any object of the API, as the server keeps and serves it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ClusterMeta | NamespacedMeta;
}

/** An object on its way to the server: the server fills in the rest of its metadata. */
export type Unsaved<T extends KubeObject> = Omit<T, 'metadata'> & {
  readonly metadata: Infer<typeof ObjectMeta>;
};

/** A deep copy that may be changed, of a type whose values are shared and read-only. */
export type Draft<T> = T extends readonly (infer U)[]
  ? Draft<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T;

type Fields = Readonly<Record<string, Field>>;
type Root<F extends Fields, M> = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: M;
} & MessageType<F>;

function root(name: string, fields: Fields): MessageSchema {
  // `apiVersion` and `kind` travel outside the message in protobuf: they have no field number.
  return message(name, {
    apiVersion: optional(0, string),
    kind: optional(0, string),
    metadata: present(1, ObjectMeta),
    ...fields,
  });
}

/** The schema of a kind whose objects live in a namespace; `fields` leaves out what every object has. */
export function namespacedObject<F extends Fields>(name: string, fields: F) {
  return root(name, fields) as MessageSchema & Typed<Root<F, NamespacedMeta>>;
}

/** The schema of a kind whose objects belong to the cluster as a whole. */
export function clusterObject<F extends Fields>(name: string, fields: F) {
  return root(name, fields) as MessageSchema & Typed<Root<F, ClusterMeta>>;
}
