import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { deployments, replicaSets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { isControlledBy } from '../owner.ts';
import { sameTemplate } from '../pod-template-hash.ts';
import { revisionAnnotation } from './annotations.ts';
import { progressReasons, withDeploymentCondition } from './conditions.ts';
import type { DeploymentPlan } from './reconcile.ts';

const component = 'deployment-controller';

/** Writes what the plan says, in its order: ReplicaSets first, then the Deployment's own status. */
export async function applyPlan(
  context: ControllerContext,
  deployment: Deployment,
  plan: DeploymentPlan,
): Promise<void> {
  if (plan.create !== undefined && !(await create(context, deployment, plan.create))) return;
  tell(context, deployment, plan, plan.create?.metadata.name);
  for (const replicaSet of plan.updates) {
    await context.client.update(replicaSets, replicaSet);
    tell(context, deployment, plan, replicaSet.metadata.name);
  }
  for (const { metadata } of plan.deletions) {
    const { name, namespace, uid } = metadata;
    await unlessGone(context.client.delete(replicaSets, { name, namespace }, { preconditions: { uid } }));
  }
  await writeStatus(context, deployment, plan);
}

function tell(
  context: ControllerContext,
  deployment: Deployment,
  plan: DeploymentPlan,
  replicaSet: string | undefined,
): void {
  const event = replicaSet === undefined ? undefined : plan.events.get(replicaSet);
  if (event !== undefined) context.record(component, deployment, event);
}

/** False when the name was taken by another template: the next attempt comes with another hash. */
async function create(context: ControllerContext, deployment: Deployment, wanted: ReplicaSet): Promise<boolean> {
  const { name, namespace, labels, annotations, ownerReferences } = wanted.metadata;
  const metadata = { name, namespace, labels, annotations, ownerReferences };
  try {
    await context.client.create(replicaSets, { ...wanted, metadata });
    return true;
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) {
      await reportFailure(context, deployment, wanted, error);
      throw error;
    }
  }
  const taken = await context.client.get(replicaSets, { name, namespace });
  // The cache was behind: it is our own, made before.
  const ours = isControlledBy(taken, deployment.metadata.uid);
  if (ours && sameTemplate(taken.spec.template, deployment.spec.template)) return false;
  const collisionCount = (deployment.status.collisionCount ?? 0) + 1;
  await context.client.updateStatus(deployments, {
    ...deployment,
    status: { ...deployment.status, collisionCount },
  });
  return false;
}

async function reportFailure(
  context: ControllerContext,
  deployment: Deployment,
  wanted: ReplicaSet,
  error: unknown,
): Promise<void> {
  // Nothing can be created any more in a namespace on its way out, and nobody is left to read about it.
  if (isStatus(error, 'Forbidden') && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) {
    return;
  }
  const text = errorMessage(error);
  const message = `Failed to create new replica set ${JSON.stringify(wanted.metadata.name)}: ${text}`;
  context.record(component, deployment, { type: 'Warning', reason: progressReasons.createError, message });
  const conditions = withDeploymentCondition(
    deployment.status.conditions,
    { type: 'Progressing', status: 'False', reason: progressReasons.createError, message },
    context.now(),
  );
  if (semanticEqual(conditions, deployment.status.conditions)) return;
  await context.client.updateStatus(deployments, { ...deployment, status: { ...deployment.status, conditions } });
}

async function writeStatus(context: ControllerContext, deployment: Deployment, plan: DeploymentPlan): Promise<void> {
  const { revision, status } = plan;
  if (revision === undefined && semanticEqual(status, deployment.status)) return;
  const annotations =
    revision === undefined
      ? deployment.metadata.annotations
      : { ...deployment.metadata.annotations, [revisionAnnotation]: revision };
  await context.client.updateStatus(deployments, {
    ...deployment,
    metadata: { ...deployment.metadata, annotations },
    status,
  });
}

async function unlessGone(deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
  }
}
