import type { KubeObject } from '../../../api/object.ts';
import type { Store } from '../../../store/store.ts';
import type { UserInfo } from '../types.ts';
import type { BoundObject, ServiceAccountClaims } from './claims.ts';
import { readClaims } from './claims.ts';
import type { TokenKey } from './jwt.ts';
import { TokenError, verifyToken } from './jwt.ts';

export interface TokenOptions {
  readonly store: Store;
  readonly key: TokenKey;
  readonly issuer: string;
  /** The audiences for which the API server itself takes tokens. */
  readonly audiences: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A token that holds: whose it is and for which of the audiences asked about. */
export interface VerifiedToken {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

/** How long a pod's tokens go on after its deletion was due: time for its last words (upstream's leeway). */
const deletedPodLeewayMs = 60_000;
const rememberedTokens = 1000;

/** Checks tokens, remembering the signatures of those seen lately; what they are bound to is looked at each time. */
export class ServiceAccountTokens {
  readonly #options: TokenOptions;
  readonly #signed = new Map<string, ServiceAccountClaims>();

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** Throws TokenError unless the token is ours, in time, for one of `audiences`, and all it is bound to exists. */
  async verify(token: string, audiences = this.#options.audiences): Promise<VerifiedToken> {
    const claims = this.#claims(token);
    const seconds = this.#options.now() / 1000;
    if (claims.iss !== this.#options.issuer) throw new TokenError(`token was issued by ${claims.iss}`);
    if (seconds >= claims.exp) throw new TokenError('service account token has expired');
    if (seconds < claims.nbf) throw new TokenError('service account token is not valid yet');
    const common = claims.aud.filter((audience) => audiences.includes(audience));
    if (common.length === 0) {
      throw new TokenError(
        `token audiences ${JSON.stringify(claims.aud)} is invalid for the target audiences ${JSON.stringify(audiences)}`,
      );
    }
    await this.#checkBindings(claims['kubernetes.io']);
    return { user: userOf(claims), audiences: common };
  }

  #claims(token: string): ServiceAccountClaims {
    const known = this.#signed.get(token);
    if (known !== undefined) return known;
    const claims = readClaims(verifyToken(this.#options.key, token));
    const oldest = this.#signed.size < rememberedTokens ? undefined : this.#signed.keys().next().value;
    if (oldest !== undefined) this.#signed.delete(oldest);
    this.#signed.set(token, claims);
    return claims;
  }

  async #checkBindings(claims: ServiceAccountClaims['kubernetes.io']): Promise<void> {
    const { namespace, serviceaccount, pod, secret, node } = claims;
    await this.#mustExist('service account', `/serviceaccounts/${namespace}/${serviceaccount.name}`, serviceaccount);
    if (secret !== undefined) await this.#mustExist('secret', `/secrets/${namespace}/${secret.name}`, secret);
    if (pod !== undefined) await this.#mustExist('pod', `/pods/${namespace}/${pod.name}`, pod);
    // A pod's token names the pod's node as well; the pod's existence is what counts then.
    else if (node !== undefined) await this.#mustExist('node', `/nodes/${node.name}`, node);
  }

  async #mustExist(what: string, key: string, { name, uid }: BoundObject): Promise<KubeObject> {
    const stored = await this.#options.store.get(key);
    if (stored === undefined) throw new TokenError(`${what} ${name} that the token is bound to does not exist`);
    const { metadata } = stored.object;
    if (metadata.uid !== uid) throw new TokenError(`${what} ${name} is not the one that the token is bound to`);
    const deleted = Date.parse(metadata.deletionTimestamp ?? '');
    if (this.#options.now() > deleted + deletedPodLeewayMs) {
      throw new TokenError(`${what} ${name} that the token is bound to has been deleted`);
    }
    return stored.object;
  }
}

/** The user that a ServiceAccount is, with what its token says about pod and node. */
function userOf(claims: ServiceAccountClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
  const key = (name: string): string => `authentication.kubernetes.io/${name}`;
  return {
    name: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...(claims.jti === '' ? {} : { [key('credential-id')]: [`JTI=${claims.jti}`] }),
      ...(pod === undefined ? {} : { [key('pod-name')]: [pod.name], [key('pod-uid')]: [pod.uid] }),
      ...(node === undefined ? {} : { [key('node-name')]: [node.name], [key('node-uid')]: [node.uid] }),
    },
  };
}
