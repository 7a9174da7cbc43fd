import type { ControllerRevision } from '../api/apps/controller-revision.schema.ts';
import type { PodTemplateSpec } from '../api/core/pod-template-spec.schema.ts';
import type { KubeObject, Unsaved } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { semanticEqual, withSortedKeys } from './canonical.ts';
import { controllerReference } from './owner.ts';
import { safeHash } from './pod-template-hash.ts';

/** The label that tells which revision of its owner a pod was made from. */
export const revisionHashLabel = 'controller-revision-hash';

/** What to do so that there is a revision of the owner's present template, with the highest number. */
export type RevisionPlan =
  | { readonly type: 'keep'; readonly revision: ControllerRevision }
  /** The template has been used before: its revision becomes the newest. */
  | { readonly type: 'raise'; readonly revision: ControllerRevision }
  | { readonly type: 'create'; readonly revision: Unsaved<ControllerRevision> };

interface RevisionState<O extends KubeObject> {
  readonly owner: O;
  readonly resource: Resource<O>;
  readonly template: PodTemplateSpec;
  /** All that the owner has. */
  readonly revisions: readonly ControllerRevision[];
  readonly collisionCount: number | undefined;
  /** The label under which upstream keeps the hash, which differs from kind to kind. */
  readonly hashLabel: string;
}

/**
 * A strategic merge patch that puts the template back, as `kubectl rollout undo` sends it. Clients compare its bytes
 * with those that they make of the present template, in which keys are sorted.
 */
function dataOf(template: PodTemplateSpec): { readonly spec: { readonly template: object } } {
  return { spec: { template: withSortedKeys({ ...template, $patch: 'replace' }) as object } };
}

/** The template that a revision has kept. */
export function templateOf(revision: Pick<ControllerRevision, 'data'>): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as ReturnType<typeof dataOf>).spec.template as Record<
    string,
    unknown
  >;
  return template as unknown as PodTemplateSpec;
}

/** True when two revisions have kept the same template. */
export function sameRevision(a: Pick<ControllerRevision, 'data'>, b: Pick<ControllerRevision, 'data'>): boolean {
  return semanticEqual(a.data, b.data);
}

/** The revision of the owner's present template, to be kept, renumbered or created. */
export function planRevision<O extends KubeObject>(state: RevisionState<O>): RevisionPlan {
  const { owner, resource, template, revisions, collisionCount, hashLabel } = state;
  const data = dataOf(template);
  const sorted = byRevision(revisions);
  const newest = sorted.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const equal = sorted.findLast((revision) => sameRevision(revision, { data }));
  if (equal !== undefined) {
    return equal === newest
      ? { type: 'keep', revision: equal }
      : { type: 'raise', revision: { ...equal, revision: next } };
  }
  const hash = safeHash(data, collisionCount);
  const { name, namespace, annotations } = owner.metadata;
  return {
    type: 'create',
    revision: {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: { ...template.metadata.labels, [hashLabel]: hash },
        annotations: annotations ?? {},
        ownerReferences: [controllerReference(owner, resource)],
      },
      data,
      revision: next,
    },
  };
}

/** Oldest first. */
export function byRevision(revisions: readonly ControllerRevision[]): readonly ControllerRevision[] {
  return revisions.toSorted((a, b) => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The oldest revisions beyond `limit`, of those that no pod and no status needs. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  { limit, isLive }: { readonly limit: number; readonly isLive: (revision: ControllerRevision) => boolean },
): readonly ControllerRevision[] {
  const idle = byRevision(revisions).filter((revision) => !isLive(revision));
  return idle.slice(0, Math.max(0, idle.length - limit));
}
