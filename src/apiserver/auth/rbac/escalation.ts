import type { ClusterRole } from '../../../api/rbac/cluster-role.schema.ts';
import type { PolicyRule, RoleRef } from '../../../api/rbac/shared.schema.ts';
import { StatusError } from '../../../api/status-error.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../admission/types.ts';
import { forbiddenObject } from '../forbidden.ts';
import type { Authorizer, UserInfo } from '../types.ts';
import type { RbacIndex } from './rbac-index.ts';
import { compactRules, showRule, uncoveredRules } from './rules.ts';

const group = 'rbac.authorization.k8s.io';

/** Undefined when `user` holds all of `asked` in the namespace; otherwise upstream's refusal. */
function notHeld(
  index: RbacIndex,
  user: UserInfo,
  namespace: string,
  asked: readonly PolicyRule[],
): string | undefined {
  const lacking = compactRules(uncoveredRules(index.rulesFor(user, namespace), asked));
  if (lacking.length === 0) return undefined;
  const groups = user.groups.map((name) => JSON.stringify(name)).join(' ');
  const rules = lacking.map(showRule).toSorted().join('\n');
  return (
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions ` +
    `not currently held:\n${rules}`
  );
}

/**
 * Keeps users from giving away what they do not have: a Role may be written by one who holds its rules (or may
 * `escalate`), a binding by one who holds the role's rules (or may `bind` it).
 */
export function escalationCheck(index: RbacIndex, authorizer: Authorizer): AdmissionPlugin {
  const mayDo = (request: AdmissionRequest, verb: string, resource: string, name: string): boolean =>
    authorizer({
      user: request.user,
      verb,
      group,
      version: 'v1',
      resource,
      subresource: '',
      namespace: request.namespace,
      name,
      path: '',
    }).allowed;

  const checkRole = (request: AdmissionRequest, resource: string): void => {
    const role = request.object as unknown as ClusterRole;
    const before = request.old as unknown as ClusterRole | undefined;
    const rules = role.rules ?? [];
    const aggregates = (role.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
    const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
    if (before !== undefined && same(before.rules, role.rules) && same(before.aggregationRule, role.aggregationRule)) {
      return;
    }
    if (mayDo(request, 'escalate', resource, request.name)) return;
    // Whoever aggregates may end up with any rule at all.
    const everything = [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ];
    const refusal = notHeld(index, request.user, request.namespace, aggregates ? [...rules, ...everything] : rules);
    if (refusal !== undefined) throw forbiddenObject(group, resource, request.name, refusal);
  };

  const checkBinding = (request: AdmissionRequest, resource: string): void => {
    const binding = request.object as unknown as { roleRef: RoleRef; subjects?: unknown };
    const before = request.old as unknown as typeof binding | undefined;
    if (before !== undefined && JSON.stringify(before.subjects) === JSON.stringify(binding.subjects)) return;
    const { kind, name } = binding.roleRef;
    if (mayDo(request, 'bind', kind === 'Role' ? 'roles' : 'clusterroles', name)) return;
    const rules = index.rulesOf(binding.roleRef, request.namespace);
    if (rules === undefined) {
      throw new StatusError('NotFound', `${kind.toLowerCase()}s.${group} ${JSON.stringify(name)} not found`, {
        name,
        group,
        kind: `${kind.toLowerCase()}s`,
      });
    }
    const refusal = notHeld(index, request.user, request.namespace, rules);
    if (refusal !== undefined) throw forbiddenObject(group, resource, request.name, refusal);
  };

  return {
    name: 'RbacEscalation',
    validate(request) {
      if (request.kind.group !== group || request.subresource !== '' || request.object === undefined) return;
      if (request.verb !== 'create' && request.verb !== 'update') return;
      if (request.user.groups.includes('system:masters')) return;
      const resource = request.kind.plural;
      if (resource === 'roles' || resource === 'clusterroles') checkRole(request, resource);
      else if (resource === 'rolebindings' || resource === 'clusterrolebindings') checkBinding(request, resource);
    },
  };
}
