import type { MatchResources, RuleWithOperations } from '../../../api/admissionregistration/shared.schema.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { LabelSelector } from '../../../api/meta/meta.schema.ts';
import { namespaces } from '../../../api/resources.ts';
import { isEmptySelector, selectorMatches } from '../../../api/values/label-selector.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { KindRegistry } from '../../registry/kind-registry.ts';
import type { AdmissionContext, AdmissionRequest } from '../types.ts';
import type { RuleTarget } from './rules.ts';
import { matchesRule } from './rules.ts';

const operations = { create: 'CREATE', update: 'UPDATE', delete: 'DELETE', connect: 'CONNECT' } as const;

/** What asks others whether a write may happen is never judged by them: nobody could put it right again. */
const exempt = new Set(
  ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].concat(
    ['mutating', 'validating'].flatMap((act) => [`${act}admissionpolicies`, `${act}admissionpolicybindings`]),
  ),
);

/** True for configurations of webhooks and policies. */
export function isExempt({ kind }: AdmissionRequest): boolean {
  return kind.group === 'admissionregistration.k8s.io' && exempt.has(kind.plural);
}

const isNamespace = ({ kind }: AdmissionRequest): boolean => kind.group === '' && kind.plural === 'namespaces';

/** A request as rules see it, by one of the versions of its kind. */
export function targetOf(request: AdmissionRequest, { group, version, plural }: AnyKind): RuleTarget {
  const { verb, subresource, namespace } = request;
  const own = isNamespace(request) ? '' : namespace;
  return { operation: operations[verb], group, version, resource: plural, subresource, namespace: own };
}

/** The request's own kind, and behind it those in which the very same objects are served. */
function* equivalents(kinds: KindRegistry, kind: AnyKind): Generator<AnyKind> {
  const stored = kinds.stored(kind);
  for (const other of kinds.all()) if (other !== kind && kinds.stored(other) === stored) yield other;
}

/** The kind by which rules are about a request; undefined where they are not. */
export function kindByRules(
  kinds: KindRegistry,
  request: AdmissionRequest,
  rules: readonly RuleWithOperations[],
  matchPolicy: string,
): AnyKind | undefined {
  const means = (kind: AnyKind): boolean => rules.some((rule) => matchesRule(rule, targetOf(request, kind)));
  if (means(request.kind)) return request.kind;
  if (matchPolicy === 'Exact') return undefined;
  for (const kind of equivalents(kinds, request.kind)) if (means(kind)) return kind;
  return undefined;
}

/** The labels of the namespace that a request is about; undefined for what belongs to none. */
async function namespaceLabels(
  request: AdmissionRequest,
  context: AdmissionContext,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (isNamespace(request)) return (request.object ?? request.old)?.metadata.labels ?? {};
  if (request.namespace === '') return undefined;
  const { metadata } = await context.read(namespaces, { name: request.namespace });
  return metadata.labels ?? {};
}

export interface Selectors {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
}

/** Whether selectors choose a request's object, as it is or as it was, and its namespace. Throws where there is none. */
export async function isSelected(
  request: AdmissionRequest,
  { namespaceSelector, objectSelector }: Selectors,
  context: AdmissionContext,
): Promise<boolean> {
  if (objectSelector !== undefined && !isEmptySelector(objectSelector)) {
    // What a connection is asked for with has no labels.
    if (request.verb === 'connect') return false;
    const chosen = (object: ApiObject | undefined): boolean =>
      object !== undefined && selectorMatches(objectSelector, object.metadata.labels);
    if (!chosen(request.object) && !chosen(request.old)) return false;
  }
  if (namespaceSelector === undefined || isEmptySelector(namespaceSelector)) return true;
  const labels = await namespaceLabels(request, context);
  return labels === undefined || selectorMatches(namespaceSelector, labels);
}

/** The kind by which a policy's or a binding's constraints are about a request; undefined where they are not. */
export async function kindByConstraints(
  kinds: KindRegistry,
  request: AdmissionRequest,
  match: MatchResources,
  context: AdmissionContext,
): Promise<AnyKind | undefined> {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy = 'Equivalent' } = match;
  const named = (rules: typeof resourceRules) =>
    rules.filter(({ resourceNames = [] }) => resourceNames.length === 0 || resourceNames.includes(request.name));
  if (kindByRules(kinds, request, named(excludeResourceRules), matchPolicy) !== undefined) return undefined;
  // A binding without rules of its own means all that its policy means.
  const kind =
    resourceRules.length === 0 ? request.kind : kindByRules(kinds, request, named(resourceRules), matchPolicy);
  return kind !== undefined && (await isSelected(request, match, context)) ? kind : undefined;
}
