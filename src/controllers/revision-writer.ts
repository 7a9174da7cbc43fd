import type { ControllerRevision } from '../api/apps/controller-revision.schema.ts';
import type { Resource } from '../api/resources.ts';
import { controllerRevisions } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import { selectorMatches } from '../api/values/label-selector.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { Informer } from '../client/informer.ts';
import { planClaims } from './claim.ts';
import { applyClaims } from './claimant.ts';
import type { ControllerContext } from './context.ts';
import type { RevisionPlan } from './controller-revisions.ts';
import { sameRevision } from './controller-revisions.ts';
import type { PodOwner } from './owned-pods.ts';
import { controllerUidIndex, orphanIndex } from './owner.ts';

/** The informer on revisions, with the indexes that `ownedRevisions` needs. */
export function revisionInformer({ informers }: ControllerContext): Informer<ControllerRevision> {
  informers.indexed(controllerRevisions, 'orphan', orphanIndex);
  return informers.indexed(controllerRevisions, 'controller', controllerUidIndex);
}

/** The revisions of an owner; those that have lost theirs and match its selector are adopted. */
export function ownedRevisions<O extends PodOwner>(
  { context, revisions }: { readonly context: ControllerContext; readonly revisions: Informer<ControllerRevision> },
  { owner, resource }: { readonly owner: O; readonly resource: Resource<O> },
): Promise<readonly ControllerRevision[]> {
  const { uid, namespace } = owner.metadata;
  const candidates = [...revisions.byIndex('controller', uid), ...revisions.byIndex('orphan', namespace)];
  const claims = planClaims(candidates, {
    owner,
    matches: ({ metadata }) => selectorMatches(owner.spec.selector, metadata.labels),
  });
  const { client } = context;
  return applyClaims({ client, owner, ownerResource: resource, resource: controllerRevisions }, claims);
}

/** Another template has the name that this one would get: its owner must try again with another collision count. */
export class RevisionCollision extends Error {
  readonly code = 'revision-collision';
  constructor(name: string) {
    super(`the name ${name} belongs to another revision`);
  }
}

/** Writes what the plan says; returns the revision as it then is. Throws RevisionCollision. */
export async function writeRevision(client: ApiClient, plan: RevisionPlan): Promise<ControllerRevision> {
  if (plan.type === 'keep') return plan.revision;
  if (plan.type === 'raise') return client.update(controllerRevisions, plan.revision);
  try {
    return await client.create(controllerRevisions, plan.revision);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
  const { name = '', namespace } = plan.revision.metadata;
  const present = await client.get(controllerRevisions, { name, namespace });
  // The cache was behind: it is our own, made before.
  if (sameRevision(present, plan.revision)) return present;
  throw new RevisionCollision(name);
}

/** Deletes revisions that nobody needs any more. */
export async function deleteRevisions(client: ApiClient, revisions: readonly ControllerRevision[]): Promise<void> {
  for (const { metadata } of revisions) {
    const { name, namespace, uid } = metadata;
    try {
      await client.delete(controllerRevisions, { name, namespace }, { preconditions: { uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
  }
}
