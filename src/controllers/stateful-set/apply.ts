import type { StatefulSet } from '../../api/apps/stateful-set.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { persistentVolumeClaims, pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ControllerContext } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { isNamespaceTerminating } from '../pod-writer.ts';
import type { StatefulSetPlan } from './reconcile.ts';

const component = 'statefulset-controller';

/** Writes what the plan says, claims before the pods that need them; throws the first failure. */
export async function applyPlan(context: ControllerContext, set: StatefulSet, plan: StatefulSetPlan): Promise<void> {
  for (const { claim, pod } of plan.createClaims) await createClaim(context, set, claim, pod);
  for (const claim of plan.updateClaims) await context.client.update(persistentVolumeClaims, claim);
  for (const { metadata } of plan.relabel) {
    const { name, namespace, uid, resourceVersion, labels } = metadata;
    await context.client.patch(pods, { name, namespace }, 'merge', { metadata: { uid, resourceVersion, labels } });
  }
  for (const pod of plan.create) await createPod(context, set, pod);
  for (const pod of plan.delete) await deletePod(context, set, pod);
}

async function createClaim(
  context: ControllerContext,
  set: StatefulSet,
  claim: Unsaved<PersistentVolumeClaim>,
  pod: string,
): Promise<void> {
  const what = `Claim ${claim.metadata.name} Pod ${pod} in StatefulSet ${set.metadata.name}`;
  await tell(context, set, { verb: 'Create', what, success: 'success' }, async () => {
    await context.client.create(persistentVolumeClaims, claim);
  });
}

async function createPod(context: ControllerContext, set: StatefulSet, pod: Unsaved<Pod>): Promise<void> {
  const what = `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
  await tell(context, set, { verb: 'Create', what, success: 'successful' }, async () => {
    await context.client.create(pods, pod);
  });
}

async function deletePod(context: ControllerContext, set: StatefulSet, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const what = `Pod ${name} in StatefulSet ${set.metadata.name}`;
  await tell(context, set, { verb: 'Delete', what, success: 'successful' }, () =>
    context.client.delete(pods, { name, namespace }, { preconditions: { uid } }),
  );
}

interface Deed {
  readonly verb: 'Create' | 'Delete';
  readonly what: string;
  readonly success: string;
}

/** Does it, and says so. What the cache has not shown yet is done already, and nothing is said of it. */
async function tell(
  { record }: ControllerContext,
  set: StatefulSet,
  { verb, what, success }: Deed,
  write: () => Promise<void>,
): Promise<void> {
  const said = `${verb.toLowerCase()} ${what}`;
  try {
    await write();
  } catch (error) {
    if (isStatus(error, 'AlreadyExists', 'NotFound', 'Conflict') || isNamespaceTerminating(error)) return;
    const message = `${said} failed error: ${errorMessage(error)}`;
    record(component, set, { type: 'Warning', reason: `Failed${verb}`, message });
    throw error;
  }
  record(component, set, { type: 'Normal', reason: `Successful${verb}`, message: `${said} ${success}` });
}
