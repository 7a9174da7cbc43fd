import { TokenError } from './jwt.ts';

/** A reference to an object as it was when the token was made. */
export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

/** What a ServiceAccount token says, in upstream's shape. */
export interface ServiceAccountClaims {
  readonly aud: readonly string[];
  /** Seconds since 1970, as are the other times. */
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly iss: string;
  readonly jti: string;
  readonly sub: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: BoundObject;
    readonly pod?: BoundObject;
    readonly secret?: BoundObject;
    readonly node?: BoundObject;
    readonly warnafter?: number;
  };
}

function bound(value: unknown): BoundObject | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, uid } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined;
}

/** Narrows verified claims to those of a ServiceAccount token; throws TokenError for anything else. */
export function readClaims(claims: Readonly<Record<string, unknown>>): ServiceAccountClaims {
  const { aud, exp, iat, nbf, iss, jti, sub } = claims;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  const details = (claims['kubernetes.io'] ?? {}) as Record<string, unknown>;
  const serviceaccount = bound(details['serviceaccount']);
  const { namespace } = details;
  if (
    !Array.isArray(audiences) ||
    !audiences.every((entry) => typeof entry === 'string') ||
    typeof exp !== 'number' ||
    typeof iat !== 'number' ||
    typeof iss !== 'string' ||
    typeof sub !== 'string' ||
    typeof namespace !== 'string' ||
    serviceaccount === undefined ||
    sub !== `system:serviceaccount:${namespace}:${serviceaccount.name}`
  ) {
    throw new TokenError('token is not that of a service account');
  }
  const [pod, secret, node] = [bound(details['pod']), bound(details['secret']), bound(details['node'])];
  return {
    aud: audiences,
    exp,
    iat,
    nbf: typeof nbf === 'number' ? nbf : iat,
    iss,
    jti: typeof jti === 'string' ? jti : '',
    sub,
    'kubernetes.io': {
      namespace,
      serviceaccount,
      ...(pod === undefined ? {} : { pod }),
      ...(secret === undefined ? {} : { secret }),
      ...(node === undefined ? {} : { node }),
    },
  };
}
