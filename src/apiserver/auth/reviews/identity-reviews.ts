import type { TokenReview } from '../../../api/authentication/token-review.schema.ts';
import { StatusError } from '../../../api/status-error.ts';
import type { ReviewHandler } from '../../options.ts';
import { TokenError } from '../authentication/jwt.ts';
import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { UserInfo } from '../types.ts';

/** A user as the authentication API shows one. */
function shown({ name, uid, groups, extra }: UserInfo): unknown {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The reviews of group authentication.k8s.io: who a token, or the caller, is. */
export function identityReviews(tokens: ServiceAccountTokens): Readonly<Record<string, ReviewHandler>> {
  return {
    async SelfSubjectReview(object, { user }) {
      return { ...object, status: { userInfo: shown(user) } };
    },
    async TokenReview(object) {
      const { token, audiences = [] } = (object as unknown as TokenReview).spec;
      if (token === '') throw new StatusError('BadRequest', 'token is required for TokenReview in authentication');
      try {
        const verified = await (audiences.length === 0 ? tokens.verify(token) : tokens.verify(token, audiences));
        // Without the question, the answer says nothing about audiences, as upstream has it.
        const said = audiences.length === 0 ? {} : { audiences: verified.audiences };
        return { ...object, status: { authenticated: true, user: shown(verified.user), ...said } };
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { ...object, status: { user: {}, error: `[invalid bearer token, ${error.message}]` } };
      }
    },
  };
}
