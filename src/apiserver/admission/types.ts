import type { AnyKind, Verb } from '../../api/kind.ts';
import type { UserInfo } from '../auth/types.ts';
import type { Reinvocation } from './dynamic/reinvocation.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { ObjectReader } from '../options.ts';

/** A write on its way to the store. */
export interface AdmissionRequest {
  readonly verb: Extract<Verb, 'create' | 'update' | 'delete'> | 'connect';
  readonly kind: AnyKind;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent for a delete. */
  readonly object: ApiObject | undefined;
  /** Absent for a create. */
  readonly old: ApiObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** RFC 3339, the time of the request. */
  readonly now: string;
  /** Advice that goes out as `Warning` headers; added to as it comes up. */
  readonly warnings: string[];
  /** As the client named it. */
  readonly fieldManager?: string;
  /** Of a delete: what the client wishes. */
  readonly options?: object;
  /** Of a create or an update: whether rules have to see the object again. */
  readonly reinvocation?: Reinvocation;
}

/** What admission may look at beyond the request. */
export interface AdmissionContext {
  readonly read: ObjectReader;
  /** The objects of a kind in one namespace, or all of them. */
  list(kind: { readonly group: string; readonly plural: string }, namespace?: string): Promise<readonly ApiObject[]>;
}

/** One rule for writes. Both parts throw StatusError to refuse. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Is asked about exec, attach, port-forward and proxy, too. */
  readonly judgesConnections?: true;
  /** Runs before validation; returns the object to go on with. Never called for deletes. */
  readonly mutate?: (
    request: AdmissionRequest & { readonly object: ApiObject },
    context: AdmissionContext,
  ) => ApiObject | Promise<ApiObject>;
  /** Runs last, on the object as it would be stored. */
  readonly validate?: (request: AdmissionRequest, context: AdmissionContext) => void | Promise<void>;
}
