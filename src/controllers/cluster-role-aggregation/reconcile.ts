import type { ClusterRole } from '../../api/rbac/cluster-role.schema.ts';
import type { PolicyRule } from '../../api/rbac/shared.schema.ts';
import { labelSelectorFromObject } from '../../machinery/selectors/label-selector.ts';
import { canonicalJson, semanticEqual } from '../canonical.ts';

/** True for a role whose rules are those of others. */
export function isSum({ aggregationRule }: ClusterRole): boolean {
  return aggregationRule !== undefined;
}

/**
 * The rules that a role must have instead of its own: those of the roles that its selectors pick, each once, selector
 * by selector and by name. Undefined when it has them already, or is no sum of others.
 */
export function reconcile(role: ClusterRole, roles: readonly ClusterRole[]): readonly PolicyRule[] | undefined {
  if (role.aggregationRule === undefined) return undefined;
  const byName = roles
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const { matches } = labelSelectorFromObject(selector);
    for (const part of byName) {
      if (!matches(part.metadata.labels ?? {})) continue;
      for (const rule of part.rules ?? []) {
        const key = canonicalJson(rule);
        if (!rules.has(key)) rules.set(key, rule);
      }
    }
  }
  const wanted = [...rules.values()];
  return semanticEqual(wanted, role.rules) ? undefined : wanted;
}
