import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import type { Affinity, NodeSelectorTerm } from './scheduling.schema.ts';

const isGated = ({ schedulingGates = [] }: PodSpec): boolean => schedulingGates.length > 0;

/** The faults of a change of the nodes that a pod asks for while it waits at a gate: it may ask for fewer. */
export function validateGatedNodeSelector(spec: PodSpec, old: PodSpec): FieldError[] {
  if (!isGated(old)) return [];
  const { nodeSelector = {} } = spec;
  const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => nodeSelector[key] === value);
  const message = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return kept ? [] : [invalidField('spec.nodeSelector', nodeSelector, message)];
}

/** True when a term still asks for all that it did, in the same order, and perhaps for more. */
function isNarrower(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  // A term without requirements matches nothing; with some it would match something.
  const count = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): number =>
    matchExpressions.length + matchFields.length;
  if (count(old) === 0 && count(term) > 0) return false;
  return (['matchExpressions', 'matchFields'] as const).every((field) => {
    const before = old[field] ?? [];
    return semanticallyEqual((term[field] ?? []).slice(0, before.length), before);
  });
}

/** The faults of a change of the nodes that a pod needs while it waits at a gate: it may need more of them. */
export function validateGatedNodeAffinity(spec: PodSpec, old: PodSpec): FieldError[] {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const before = old.affinity?.nodeAffinity?.[required]?.nodeSelectorTerms;
  if (!isGated(old) || before === undefined) return [];
  const terms = spec.affinity?.nodeAffinity?.[required]?.nodeSelectorTerms ?? [];
  const path = `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms`;
  if (terms.length !== before.length) {
    const message = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalidField(path, terms, message)];
  }
  return terms.flatMap((term, index) => {
    const was = before[index];
    if (was === undefined || isNarrower(term, was)) return [];
    return [invalidField(`${path}[${index}]`, term, 'only additions are allowed (no mutations or deletions)')];
  });
}

/** What a pod wants of its neighbours, with what another wants of its node. */
export function withNodeAffinityOf(affinity: Affinity | undefined, other: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity: _node, ...rest } = affinity ?? {};
  const nodeAffinity = other?.nodeAffinity;
  if (nodeAffinity !== undefined) return { ...rest, nodeAffinity };
  return semanticallyEqual(rest, {}) ? undefined : rest;
}
