import type { RuleWithOperations } from '../../../api/admissionregistration/shared.schema.ts';

/** What a request is about, as rules see it. */
export interface RuleTarget {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for what belongs to no namespace, and for namespaces themselves. */
  readonly namespace: string;
}

const has = (names: readonly string[] = [], name: string): boolean => names.includes('*') || names.includes(name);

/** Whether a pattern of a rule means a resource: its name, or a star without subresources; behind a slash a subresource. */
export function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  if (pattern === '*/*') return true;
  const [wanted, part = ''] = pattern.split('/', 2);
  return (wanted === '*' || wanted === resource) && (part === '*' || part === subresource);
}

/** Whether a rule is about a request's operation, scope and subresource, whatever its group and version. */
function matchesBesidesAddress({ operations, scope = '*' }: RuleWithOperations, target: RuleTarget): boolean {
  const own = target.namespace === '' ? 'Cluster' : 'Namespaced';
  return has(operations, target.operation) && (scope === '*' || scope === own);
}

/** Whether a rule is about a request. */
export function matchesRule(rule: RuleWithOperations, target: RuleTarget): boolean {
  return (
    matchesBesidesAddress(rule, target) &&
    has(rule.apiGroups, target.group) &&
    has(rule.apiVersions, target.version) &&
    (rule.resources ?? []).some((pattern) => matchesResource(pattern, target.resource, target.subresource))
  );
}
