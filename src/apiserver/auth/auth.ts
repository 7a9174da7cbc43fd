import { StatusError } from '../../api/status-error.ts';
import type { KubeObject, Unsaved } from '../../api/object.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../../system/logger.ts';
import type { AdmissionPlugin } from '../admission/types.ts';
import type { ReviewHandler, TokenIssuer } from '../options.ts';
import { userOfCertificate } from './authentication/client-certificate.ts';
import { impersonate } from './authentication/impersonation.ts';
import { jsonWebKeySet, readTokenKey, TokenError } from './authentication/jwt.ts';
import { ServiceAccountTokens } from './authentication/service-account-tokens.ts';
import { tokenIssuer } from './authentication/token-request.ts';
import { webSocketToken } from './authentication/websocket-token.ts';
import { bootstrapRbacObjects } from './bootstrap/objects.ts';
import { nodeAuthorizer } from './node/node-authorizer.ts';
import { NodeIndex } from './node/node-index.ts';
import { nodeRestriction } from './node/node-restriction.ts';
import { escalationCheck } from './rbac/escalation.ts';
import { rbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { RbacIndex } from './rbac/rbac-index.ts';
import { accessReviews } from './reviews/access-reviews.ts';
import { identityReviews } from './reviews/identity-reviews.ts';
import type { Authenticator, Authorizer, Credentials, UserInfo } from './types.ts';
import { anonymous } from './types.ts';

export interface AuthOptions {
  readonly store: Store;
  readonly logger: Logger;
  /** The ES256 private key that signs ServiceAccount tokens, in PEM. */
  readonly serviceAccountKey: string;
  /** `iss` of the tokens, and the audience for which the API server takes them. */
  readonly issuer?: string;
  /** Where clients find the key set: `https://ADDRESS:PORT` of the API server. */
  readonly externalUrl?: string;
  readonly now?: () => number;
}

/** Everything that the API server needs to know who asks and what they may do; hand the parts to its options. */
export interface Auth {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly admission: readonly AdmissionPlugin[];
  readonly reviews: Readonly<Record<string, ReviewHandler>>;
  readonly issueToken: TokenIssuer;
  readonly bootstrapObjects: readonly Unsaved<KubeObject>[];
  /** JSON documents served as they are, by path. */
  readonly documents: Readonly<Record<string, unknown>>;
  stop(): void;
}

/** The first authorizer that allows decides; otherwise all their reasons are given. */
function firstToAllow(...authorizers: readonly Authorizer[]): Authorizer {
  return (request) => {
    const reasons: string[] = [];
    for (const authorizer of authorizers) {
      const decision = authorizer(request);
      if (decision.allowed) return decision;
      if (decision.reason !== '') reasons.push(decision.reason);
    }
    return { allowed: false, reason: reasons.join(', ') };
  };
}

const superuser: Authorizer = ({ user }) => ({ allowed: user.groups.includes('system:masters'), reason: '' });

function bearerToken(headers: Credentials['headers']): string | undefined {
  const header = headers['authorization'];
  const text = typeof header === 'string' ? header : header?.[0];
  const match = /^bearer +(\S+) *$/i.exec(text ?? '');
  if (text !== undefined && text !== '' && match === null) throw new StatusError('Unauthorized', 'Unauthorized');
  return match?.[1];
}

function authenticatorOf(tokens: ServiceAccountTokens, authorizer: Authorizer, logger: Logger): Authenticator {
  const whoAsks = async ({ clientCertificate, headers }: Credentials): Promise<UserInfo | undefined> => {
    if (clientCertificate !== undefined) return userOfCertificate(clientCertificate);
    const token = bearerToken(headers) ?? webSocketToken(headers);
    if (token === undefined) return undefined;
    try {
      return (await tokens.verify(token)).user;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      // The client learns only that it was refused; the reason is for whoever runs the server.
      logger.debug({ err: error }, 'bearer token refused');
      throw new StatusError('Unauthorized', 'Unauthorized', undefined, { cause: error });
    }
  };
  return async (credentials) => {
    const user = (await whoAsks(credentials)) ?? anonymous;
    const asked = impersonate(user, credentials.headers, authorizer);
    return asked === anonymous ? undefined : asked;
  };
}

/**
 * Builds authentication and authorization over a store. Resolves when roles, bindings and pods have been read;
 * from then on they are followed as they change.
 */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  const { store, logger, issuer = 'https://kubernetes.default.svc.cluster.local', now = Date.now } = options;
  const key = readTokenKey(options.serviceAccountKey);
  const rbac = new RbacIndex();
  const nodes = new NodeIndex();
  const watches = await Promise.all([rbac.follow(store), nodes.follow(store)]);
  const authorizer = firstToAllow(superuser, nodeAuthorizer(nodes), rbacAuthorizer(rbac));
  const tokenOptions = { store, key, issuer, audiences: [issuer], now };
  const tokens = new ServiceAccountTokens(tokenOptions);
  return {
    authenticator: authenticatorOf(tokens, authorizer, logger),
    authorizer,
    admission: [nodeRestriction, escalationCheck(rbac, authorizer)],
    reviews: { ...accessReviews(authorizer, rbac), ...identityReviews(tokens) },
    issueToken: tokenIssuer(tokenOptions),
    bootstrapObjects: bootstrapRbacObjects(),
    documents: {
      '/openid/v1/jwks': jsonWebKeySet(key),
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${options.externalUrl ?? issuer}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      },
    },
    stop() {
      for (const watch of watches) watch.stop();
    },
  };
}
