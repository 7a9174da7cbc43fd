import type { AnyKind } from '../../api/kind.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../../system/logger.ts';
import type { AdmissionChain } from '../admission/chain.ts';
import type { Authorizer, UserInfo } from '../auth/types.ts';
import type { ObjectReader } from '../options.ts';
import type { WebhookClient } from '../webhook/client.ts';
import type { ApiObject } from './api-object.ts';
import type { KindRegistry } from './kind-registry.ts';

/** What a kind holds outside its objects, such as a Service's address: taken before the write, given back if it fails. */
export interface Allocation {
  readonly object: ApiObject;
  commit(): void;
  rollback(): Promise<void>;
}
/** Takes what `object` needs and `old` does not have yet, a dry run only in memory; throws StatusError when it cannot. */
export type Allocator = (
  object: ApiObject,
  old: ApiObject | undefined,
  write: { readonly dryRun: boolean },
) => Promise<Allocation>;

/** What every handler works with. */
export interface Core {
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly admission: AdmissionChain;
  readonly read: ObjectReader;
  /** For rights that come up while a request is answered, such as that of a patch which makes the object. */
  readonly authorizer: Authorizer;
  /** By resource of the core group, e.g. `services`. */
  readonly allocators: Readonly<Record<string, Allocator>>;
  readonly logger: Logger;
  /** What asks webhooks, whoever names them. */
  readonly webhooks: WebhookClient;
}

/** What hands out the addresses and ports of a kind's objects; other groups' kinds may have the same names. */
export function allocatorOf({ allocators }: Core, { group, plural }: AnyKind): Allocator | undefined {
  return group === '' ? allocators[plural] : undefined;
}

/** One write: who, what, and how. */
export interface Write {
  readonly kind: AnyKind;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  /** RFC 3339 with seconds. */
  readonly now: string;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  /** Advice that goes out as `Warning` headers; added to as it comes up. */
  readonly warnings: string[];
}

/** An object as a write left it. */
export interface Written {
  readonly object: ApiObject;
  /** The stored text, where the object was stored in the form asked for. */
  readonly json?: Buffer;
}

/** RFC 3339 with seconds, as timestamps in objects are written. */
export function timestamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
