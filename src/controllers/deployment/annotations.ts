import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { rolloutLimits, wantedReplicas } from './limits.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

/** Upstream's limit for the list of earlier revisions, in characters. */
const maxHistoryLength = 2000;

const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);

/** The revision that an object carries; 0 when it carries none. */
export function revisionOf(object: Deployment | ReplicaSet): bigint {
  return asRevision(object.metadata.annotations?.[revisionAnnotation]);
}

/** Revisions are 64-bit numbers: somebody else's may be higher than what a double can count. */
export function asRevision(text: string | undefined): bigint {
  return /^\d{1,19}$/.test(text ?? '') ? BigInt(text ?? 0) : 0n;
}

/** The revision that the newest of these carries. */
export function maxRevision(replicaSets: readonly ReplicaSet[]): bigint {
  return replicaSets.map(revisionOf).reduce((highest, revision) => (revision > highest ? revision : highest), 0n);
}

/** The number in an annotation of a ReplicaSet, if there is a readable one. */
export function replicasAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** What the ReplicaSet says of the Deployment's size, from which later scalings take their proportions. */
export function sizeAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const wanted = wantedReplicas(deployment);
  return {
    [desiredReplicasAnnotation]: String(wanted),
    [maxReplicasAnnotation]: String(wanted + rolloutLimits(deployment).maxSurge),
  };
}

/** True when `annotations` already say all that `wanted` says. */
export function includesAll(
  annotations: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => annotations?.[name] === value);
}

/** The annotations of the ReplicaSet that is, or becomes again, the newest one. */
export function newestAnnotations(
  deployment: Deployment,
  old: Readonly<Record<string, string>> | undefined,
  revision: bigint,
): Readonly<Record<string, string>> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name));
  const next: Record<string, string> = { ...old, ...Object.fromEntries(copied) };
  const before = next[revisionAnnotation];
  if (asRevision(before) < revision) {
    next[revisionAnnotation] = String(revision);
    if (before !== undefined) next[revisionHistoryAnnotation] = appended(next[revisionHistoryAnnotation], before);
  }
  return next;
}

function appended(history: string | undefined, revision: string): string {
  const revisions = history === undefined || history === '' ? [revision] : [...history.split(','), revision];
  while (revisions.length > 1 && revisions.join(',').length > maxHistoryLength) revisions.shift();
  return revisions.join(',');
}
