/** Who is asking. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** What an authenticator may look at. */
export interface Credentials {
  /** DER of the client certificate that TLS verified against the cluster's authority. */
  readonly clientCertificate?: Buffer | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Returns the user, or undefined when the request carries no credentials; throws StatusError `Unauthorized` for wrong ones. */
export type Authenticator = (credentials: Credentials) => Promise<UserInfo | undefined>;

/** One request as the authorizer sees it; `resource` is empty for paths such as `/healthz`. */
export interface RequestAttributes {
  readonly user: UserInfo;
  /** Resource verbs, or the lower-case HTTP method for other paths. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** Of list, watch and deletecollection: the field selector as sent; nodes may list only what it narrows to them. */
  readonly fieldSelector?: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why, for the error message and for SubjectAccessReview. */
  readonly reason: string;
}

export type Authorizer = (attributes: RequestAttributes) => Decision;
