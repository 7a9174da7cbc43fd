import type { LocalSubjectAccessReview } from '../../../api/authorization/local-subject-access-review.schema.ts';
import type { SelfSubjectAccessReview } from '../../../api/authorization/self-subject-access-review.schema.ts';
import type { SelfSubjectRulesReview } from '../../../api/authorization/self-subject-rules-review.schema.ts';
import type { SubjectAccessReviewSpec } from '../../../api/authorization/shared.schema.ts';
import type { SubjectAccessReview } from '../../../api/authorization/subject-access-review.schema.ts';
import { StatusError } from '../../../api/status-error.ts';
import type { ReviewHandler } from '../../options.ts';
import { nodeNameOf } from '../node/node-authorizer.ts';
import type { RbacIndex } from '../rbac/rbac-index.ts';
import { compactRules } from '../rbac/rules.ts';
import type { Authorizer, RequestAttributes, UserInfo } from '../types.ts';

/** What each of the reviews asks; its kind has checked it. */
type Asked = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

function attributes(
  user: UserInfo,
  { resourceAttributes: asked, nonResourceAttributes: path }: Asked,
): RequestAttributes {
  const selector = asked?.fieldSelector?.rawSelector;
  return {
    user,
    verb: asked?.verb ?? path?.verb ?? '',
    group: asked?.group ?? '',
    version: asked?.version ?? '',
    resource: asked?.resource ?? '',
    subresource: asked?.subresource ?? '',
    namespace: asked?.namespace ?? '',
    name: asked?.name ?? '',
    path: path?.path ?? '',
    ...(selector === undefined ? {} : { fieldSelector: selector }),
  };
}

function statusFor(authorizer: Authorizer, request: RequestAttributes): { allowed: boolean; reason?: string } {
  const { allowed, reason } = authorizer(request);
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function userOf({ user: name = '', groups = [], uid, extra }: SubjectAccessReviewSpec): UserInfo {
  return { name, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
}

/** The reviews of group authorization.k8s.io: what somebody, or the caller, may do. */
export function accessReviews(authorizer: Authorizer, index: RbacIndex): Readonly<Record<string, ReviewHandler>> {
  return {
    async SubjectAccessReview(object) {
      const { spec } = object as unknown as SubjectAccessReview;
      return { ...object, status: statusFor(authorizer, attributes(userOf(spec), spec)) };
    },
    async LocalSubjectAccessReview(object) {
      const { spec } = object as unknown as LocalSubjectAccessReview;
      return { ...object, status: statusFor(authorizer, attributes(userOf(spec), spec)) };
    },
    async SelfSubjectAccessReview(object, { user }) {
      const { spec } = object as unknown as SelfSubjectAccessReview;
      return { ...object, status: statusFor(authorizer, attributes(user, spec)) };
    },
    async SelfSubjectRulesReview(object, { user }) {
      const { spec } = object as unknown as SelfSubjectRulesReview;
      const namespace = spec.namespace ?? '';
      if (namespace === '') throw new StatusError('BadRequest', 'no namespace on request');
      const rules = compactRules(index.rulesFor(user, namespace));
      const isNode = nodeNameOf(user) !== undefined;
      const status = {
        resourceRules: rules
          .filter(({ resources = [] }) => resources.length > 0)
          .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
        nonResourceRules: rules
          .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: isNode,
        ...(isNode ? { evaluationError: 'node authorizer does not support user rule resolution' } : {}),
      };
      return { ...object, status };
    },
  };
}
