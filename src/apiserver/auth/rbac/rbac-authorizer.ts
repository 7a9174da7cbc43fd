import type { Authorizer } from '../types.ts';
import type { Grant, RbacIndex } from './rbac-index.ts';
import { ruleAllows } from './rules.ts';

/** Upstream's words, e.g. `RBAC: allowed by ClusterRoleBinding "a" of ClusterRole "b" to User "c"`. */
function allowedBy({ binding, subject }: Grant): string {
  const { name, namespace } = binding.metadata;
  const bound = namespace === undefined ? name : `${name}/${namespace}`;
  const owner = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name;
  return (
    `RBAC: allowed by ${binding.kind} ${JSON.stringify(bound)} of ${binding.roleRef.kind} ` +
    `${JSON.stringify(binding.roleRef.name)} to ${subject.kind} ${JSON.stringify(owner)}`
  );
}

/** Decides by the roles bound to the user; a binding to a role that is not there is named when nothing else allows. */
export function rbacAuthorizer(index: RbacIndex): Authorizer {
  return (request) => {
    const missing: string[] = [];
    for (const grant of index.grantsFor(request.user, request.namespace)) {
      const { roleRef, metadata } = grant.binding;
      const rules = index.rulesOf(roleRef, metadata.namespace);
      if (rules === undefined) {
        missing.push(
          `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleRef.name)} not found`,
        );
      } else if (rules.some((rule) => ruleAllows(rule, request))) {
        return { allowed: true, reason: allowedBy(grant) };
      }
    }
    if (missing.length === 0) return { allowed: false, reason: '' };
    return { allowed: false, reason: `RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`}` };
  };
}
