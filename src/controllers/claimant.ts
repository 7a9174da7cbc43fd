import type { ApiClient } from '../client/api-client.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { Claims } from './claim.ts';
import { controllerReference } from './owner.ts';

interface Claimant<O extends KubeObject, T extends KubeObject> {
  readonly client: ApiClient;
  readonly owner: O;
  readonly ownerResource: Resource<O>;
  readonly resource: Resource<T>;
}

/**
 * Writes adoptions and releases; returns what the owner manages now. Throws when somebody else was first, and the
 * retry sees the world as it then is.
 */
export async function applyClaims<O extends KubeObject, T extends KubeObject>(
  claimant: Claimant<O, T>,
  claims: Claims<T>,
): Promise<readonly T[]> {
  if (claims.adopt.length > 0) await refuseIfLeaving(claimant);
  const adopted = await Promise.all(claims.adopt.map((object) => adopt(claimant, object)));
  await Promise.all(claims.release.map((object) => release(claimant, object)));
  return [...claims.owned, ...adopted.filter((object) => object !== undefined)];
}

// The cache may not know yet that the owner is being deleted, and what it adopts then would be collected with it.
async function refuseIfLeaving<O extends KubeObject>(claimant: Claimant<O, KubeObject>): Promise<void> {
  const { owner, ownerResource, client } = claimant;
  const { name, namespace } = owner.metadata;
  const fresh = await client.get(ownerResource, { name, namespace });
  if (fresh.metadata.uid !== owner.metadata.uid || fresh.metadata.deletionTimestamp !== undefined) {
    throw new Error(`${ownerResource.kind} ${name} adopts nothing: it is being deleted or has been replaced`);
  }
}

function adopt<O extends KubeObject, T extends KubeObject>(
  claimant: Claimant<O, T>,
  object: T,
): Promise<T | undefined> {
  const reference = controllerReference(claimant.owner, claimant.ownerResource);
  return writeOwners(claimant, object, [...(object.metadata.ownerReferences ?? []), reference]);
}

function release<O extends KubeObject, T extends KubeObject>(
  claimant: Claimant<O, T>,
  object: T,
): Promise<T | undefined> {
  const others = object.metadata.ownerReferences?.filter(({ uid }) => uid !== claimant.owner.metadata.uid);
  return writeOwners(claimant, object, others ?? []);
}

async function writeOwners<O extends KubeObject, T extends KubeObject>(
  { client, resource }: Claimant<O, T>,
  object: T,
  ownerReferences: unknown,
): Promise<T | undefined> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const body = { metadata: { uid, resourceVersion, ownerReferences } };
  try {
    return await client.patch(resource, { name, namespace }, 'merge', body);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
