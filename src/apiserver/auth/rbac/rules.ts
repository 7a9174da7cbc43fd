import type { PolicyRule } from '../../../api/rbac/shared.schema.ts';
import type { RequestAttributes } from '../types.ts';

const none: readonly string[] = [];
const includesOrAll = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

/** Whether a rule's resources cover `resource` or `resource/subresource`: as such, by `*`, or by `*` before the subresource. */
function resourceMatches(resources: readonly string[] = none, full: string, subresource: string): boolean {
  return resources.some(
    (entry) => entry === '*' || entry === full || (subresource !== '' && entry === `*/${subresource}`),
  );
}

function urlMatches(urls: readonly string[] = none, path: string): boolean {
  return urls.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));
}

/** Whether one RBAC rule allows a request. */
export function ruleAllows(rule: PolicyRule, request: RequestAttributes): boolean {
  if (!includesOrAll(rule.verbs, request.verb)) return false;
  if (request.resource === '') return urlMatches(rule.nonResourceURLs, request.path);
  const { resource, subresource, name } = request;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const names = rule.resourceNames ?? none;
  return (
    includesOrAll(rule.apiGroups, request.group) &&
    resourceMatches(rule.resources, full, subresource) &&
    (names.length === 0 || names.includes(name))
  );
}

/** The rule cut into the smallest ones that together say the same: one verb, group, resource and name each. */
function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const verbs = rule.verbs;
  const byUrl = (rule.nonResourceURLs ?? none).flatMap((url) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })),
  );
  const names = rule.resourceNames ?? none;
  const byResource = (rule.apiGroups ?? none).flatMap((group) =>
    (rule.resources ?? none).flatMap((resource) =>
      verbs.flatMap((verb) => {
        const single = { verbs: [verb], apiGroups: [group], resources: [resource] };
        return names.length === 0 ? [single] : names.map((name) => ({ ...single, resourceNames: [name] }));
      }),
    ),
  );
  return [...byUrl, ...byResource];
}

/** Whether `owner` gives everything that the single rule `asked` gives. */
function covers(owner: PolicyRule, asked: PolicyRule): boolean {
  const [verb = ''] = asked.verbs;
  if (!includesOrAll(owner.verbs, verb)) return false;
  const [url] = asked.nonResourceURLs ?? none;
  if (url !== undefined) return urlMatches(owner.nonResourceURLs, url);
  const [group = ''] = asked.apiGroups ?? none;
  const [resource = ''] = asked.resources ?? none;
  const [name] = asked.resourceNames ?? none;
  const ownerNames = owner.resourceNames ?? none;
  const slash = resource.indexOf('/');
  return (
    includesOrAll(owner.apiGroups, group) &&
    resourceMatches(owner.resources, resource, slash === -1 ? '' : resource.slice(slash + 1)) &&
    (ownerNames.length === 0 || (name !== undefined && ownerNames.includes(name)))
  );
}

/** Which parts of `asked` the rules in `held` do not give: what a user would hand out without having it. */
export function uncoveredRules(held: readonly PolicyRule[], asked: readonly PolicyRule[]): readonly PolicyRule[] {
  return asked.flatMap(breakDown).filter((single) => !held.some((owner) => covers(owner, single)));
}

/** A rule as upstream prints it: `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}`. */
export function showRule(rule: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Resources', rule.resources],
    ['Verbs', rule.verbs],
  ];
  const shown = parts.flatMap(([name, values = none]) =>
    values.length === 0 ? [] : [`${name}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`],
  );
  return `{${shown.join(', ')}}`;
}

/** Rules that differ in their verbs alone, joined into one each: for messages and rule reviews. */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const joined = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]);
    const same = joined.get(key);
    joined.set(key, same === undefined ? rule : { ...same, verbs: [...new Set([...same.verbs, ...rule.verbs])] });
  }
  return [...joined.values()];
}
