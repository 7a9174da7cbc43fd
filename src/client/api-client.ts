import type { DeleteOptions } from '../api/meta/meta.schema.ts';
import type { KubeObject, Unsaved } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';

export interface ListQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface ListPage<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Only `resourceVersion` has changed; `initialEventsEnd` closes the state that a streaming list sent. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

export interface WatchQuery extends Omit<ListQuery, 'limit' | 'continue'> {
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions {
  readonly namespace?: string;
  readonly subresource?: string;
  readonly fieldManager?: string;
  readonly force?: boolean;
}

export interface ObjectAddress {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/**
 * What components use to talk to the API server. Every method throws a StatusError for an answer that is not a
 * success, and an error with code `ECONNREFUSED`, `ECONNRESET`, … when no answer came.
 */
export interface ApiClient {
  get<T extends KubeObject>(resource: Resource<T>, address: ObjectAddress): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, query?: ListQuery): Promise<ListPage<T>>;
  /** Ends when the server ends it; throws StatusError `Expired` when the revision is too old. */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: Unsaved<T>): Promise<T>;
  /** Replaces the object; `metadata.resourceVersion`, where given, must still be the newest. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: { subresource?: string }): Promise<T>;
  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    type: PatchType,
    body: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  delete<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    options?: Partial<DeleteOptions>,
  ): Promise<void>;
  /** Posts to a subresource, e.g. `token`, `binding`, `eviction`, and returns the answer. */
  post<T>(resource: Resource, address: ObjectAddress, subresource: string, body: unknown): Promise<T>;
  /** Any other path, e.g. `/readyz`. */
  raw(method: string, path: string, body?: unknown): Promise<{ status: number; body: Buffer }>;
}
