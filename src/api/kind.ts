import type { FieldError } from './field-error.ts';
import type { KubeObject } from './object.ts';
import type { MessageSchema } from './schema.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A subresource other than `status` and `scale`, as discovery lists it; `apiserver/` serves it by name. */
export interface Subresource {
  readonly verbs: readonly Verb[];
  /** The kind of its body, where it is not the parent's. */
  readonly kind?: GroupVersionKind;
}

/** Where `/scale` reads and writes, as field paths from the root of the object. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** A LabelSelector object, a plain map of labels, or a selector's text; empty where nothing selects. */
  readonly selector: readonly string[];
}

export interface Subresources {
  readonly status?: true;
  readonly scale?: ScalePaths;
  readonly [name: string]: Subresource | ScalePaths | true | undefined;
}

/** What a column shows: text, a number, a list joined by the client, or nothing. */
export type Cell = string | number | boolean | null;

export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  /** 0 is always shown, 1 with `-o wide` only. */
  readonly priority?: 0 | 1;
  readonly description?: string;
  /** `now` is passed in, in milliseconds since the epoch, so that ages are testable. */
  readonly cell: (object: T, now: number) => Cell;
}

/** What a strategy needs to know of the request. */
export interface RequestInfo {
  /** The time to stamp, RFC 3339 with seconds. */
  readonly now: string;
  readonly user: string;
}

/**
 * One kind, declared once: REST, watch, discovery, OpenAPI, tables and validation all follow from it.
 * All functions are pure; objects that come in are never changed.
 */
export interface KindDefinition<T extends KubeObject = KubeObject> extends GroupVersionKind {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: Subresources;
  readonly schema: MessageSchema;
  /** Kinds that share storage: this kind's objects are kept as, and converted from, that one's. */
  readonly storedAs?: GroupVersionKind;
  /** The kind of lists, where it is not `…List`. */
  readonly listKind?: string;
  /** How objects change on their way to the store and back, for kinds whose stored form may be another. */
  readonly conversion?: {
    readonly toStored: (object: T) => T;
    /** Returns the very same object where nothing changes: then its stored text is served as it is. */
    readonly fromStored: (object: T) => T;
    /**
     * Where others convert: asks them for all of these at once. Without it, the functions above may throw
     * ConversionPending for what has not been asked for yet.
     */
    readonly prepare?: (stored: readonly T[]) => Promise<void>;
  };
  /** Fills in defaults, as upstream does. Runs after decoding and before anything else. */
  readonly defaults?: (object: T) => T;
  /** Shapes a new object: clears status, sets what only the server sets. */
  readonly prepareForCreate?: (object: T, request: RequestInfo) => T;
  /** Shapes a changed object: puts back what this kind of request may not change. */
  readonly prepareForUpdate?: (object: T, old: T, request: RequestInfo) => T;
  readonly validate?: (object: T) => readonly FieldError[];
  /** What is asked of a new object only; `validate` has already run on it. */
  readonly validateCreate?: (object: T) => readonly FieldError[];
  /** The faults of a change through `/status`: the rest is as it was, and is not looked at. */
  readonly validateStatus?: (object: T, old: T) => readonly FieldError[];
  /** Errors of the change itself (immutable fields); `validate` has already run on the new object. */
  readonly validateUpdate?: (object: T, old: T) => readonly FieldError[];
  /** All faults of a changed object in place of the two above, status included, where what stays the same may stay. */
  readonly validateChange?: (object: T, old: T) => readonly FieldError[];
  /** Shapes an object that is deleted for the first time, before it is known whether it has to wait. */
  readonly prepareForDelete?: (object: T, request: Pick<RequestInfo, 'now'>) => T;
  /** The rule for names: DNS subdomain unless said otherwise. */
  readonly nameRule?: 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment' | 'ip-address';
  /** Where the kind is on its way out: the `Warning` header of every answer about it. */
  readonly deprecation?: string;
  /** Advice that goes out as `Warning` headers. */
  readonly warnings?: (object: T, old: T | undefined) => readonly string[];
  /** Fields that `fieldSelector` may name besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** The columns of `kubectl get`; name and age when left out. */
  readonly columns?: readonly Column<T>[];
}

type WithUsualValue = 'singular' | 'shortNames' | 'categories' | 'verbs' | 'subresources';
type Declaration<T extends KubeObject> = Omit<KindDefinition<T>, WithUsualValue> &
  Partial<Pick<KindDefinition<T>, WithUsualValue>>;

/** Declares a kind; what is left out takes the usual value. */
export function defineKind<T extends KubeObject>(declaration: Declaration<T>): KindDefinition<T> {
  return {
    singular: declaration.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    subresources: {},
    ...declaration,
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a list of kinds cannot know each one's object type
export type AnyKind = KindDefinition<any>;
