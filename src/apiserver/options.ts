import type { Logger } from '../system/logger.ts';
import type { AnyKind } from '../api/kind.ts';
import type { KubeObject, Unsaved } from '../api/object.ts';
import type { ServiceAccount } from '../api/core/service-account.schema.ts';
import type { Resource } from '../api/resources.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission/types.ts';
import type { Authenticator, Authorizer, UserInfo } from './auth/types.ts';
import type { AggregationOptions } from './aggregation/aggregation.ts';
import type { NodeScraper } from './resource-metrics/source.ts';
import type { ServiceDialer } from './streaming/service-dialer.ts';
import type { ConnectHandlers } from './streaming/types.ts';

/** Reads one object from the store; throws StatusError `NotFound`. */
export type ObjectReader = <T extends KubeObject>(
  resource: Resource<T>,
  address: { name: string; namespace?: string },
) => Promise<T>;

/** What a handler of an object that is answered and never stored gets to know. */
export interface ReviewContext {
  readonly user: UserInfo;
  /** Of the path; empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly read: ObjectReader;
}
/** Answers a create of a kind that is not stored (TokenReview, SubjectAccessReview, …): the object with its status filled in. */
export type ReviewHandler = (object: Unsaved<KubeObject>, context: ReviewContext) => Promise<unknown>;

/** Answers `serviceaccounts/X/token`: takes the TokenRequest as sent, returns it with `status.token` and expiry. */
export type TokenIssuer = (
  serviceAccount: ServiceAccount,
  tokenRequest: Unsaved<KubeObject>,
  context: ReviewContext,
) => Promise<unknown>;

export interface VersionInfo {
  /** E.g. `v1.36.0+cox`. */
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly buildDate: string;
}

export interface ApiServerOptions {
  readonly store: Store;
  readonly kinds: readonly AnyKind[];
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly logger: Logger;
  /** Where Service addresses come from, e.g. `10.233.0.0/18`. */
  readonly serviceRange?: string;
  /** Both ends belong to the range. */
  readonly nodePortRange?: { readonly from: number; readonly to: number };
  /** Where pods reach this server: the endpoint of Service `default/kubernetes`. Left alone when absent. */
  readonly advertise?: { readonly address: string; readonly port: number };
  /** Service addresses that only a Service asking for them by number may get. */
  readonly reservedServiceAddresses?: readonly string[];
  readonly connect?: ConnectHandlers;
  /** How webhooks and API servers behind Services are reached. */
  readonly dialService?: ServiceDialer;
  /** How kubelets are asked what their nodes use, for the kinds of `metrics.k8s.io`. */
  readonly scrapeNode?: NodeScraper;
  /** Without it requests are not forwarded to other API servers, whatever APIServices say. */
  readonly aggregation?: AggregationOptions;
  readonly issueToken?: TokenIssuer;
  /** By kind, e.g. `SubjectAccessReview`. */
  readonly reviews?: Readonly<Record<string, ReviewHandler>>;
  /** Run behind the built-in ones, e.g. NodeRestriction and RBAC's escalation check. */
  readonly admission?: readonly AdmissionPlugin[];
  /** JSON documents served to whoever is authorized for their path, e.g. `/openid/v1/jwks`. */
  readonly documents?: Readonly<Record<string, unknown>>;
  /** Created at start where they are missing. */
  readonly bootstrapObjects?: readonly Unsaved<KubeObject>[];
  readonly version?: VersionInfo;
}
