import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ControllerContext } from '../context.ts';
import { oldProvisionerAnnotation, provisionerAnnotation } from '../volume-claims.ts';
import { claimWithStatus, claimWithVolume, volumeInPhase, volumeWithClaim, volumeWithoutClaim } from './binding.ts';
import type { ClaimPlan } from './claim.ts';
import type { VolumePlan } from './volume.ts';

const component = 'persistentvolume-controller';

/** Writes what a claim's plan says; throws StatusError Conflict when somebody else was first. */
export async function applyClaimPlan(
  context: ControllerContext,
  claim: PersistentVolumeClaim,
  plan: ClaimPlan,
): Promise<void> {
  switch (plan.type) {
    case 'bind':
      return bind(context, claim, plan.volume);
    case 'assign-class': {
      const spec = { ...claim.spec, storageClassName: plan.storageClass };
      await context.client.update(persistentVolumeClaims, { ...claim, spec });
      return undefined;
    }
    case 'lost':
      return lose(context, claim, plan.event);
    case 'provision': {
      const annotated = await askProvisioner(context, claim, plan.provisioner);
      context.record(component, claim, plan.event);
      return keepPending(context, annotated);
    }
    case 'pending':
      if (plan.event !== undefined) context.record(component, claim, plan.event);
      return keepPending(context, claim);
  }
}

/** Four writes, each left out where it has been made: a binding that was cut off is finished by the next attempt. */
async function bind(
  { client, now }: ControllerContext,
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
): Promise<void> {
  const claimed = volumeWithClaim(volume, claim);
  const kept = claimed === volume ? volume : await client.update(persistentVolumes, claimed);
  const bound = volumeInPhase(kept, 'Bound', { now: now() });
  if (bound !== kept) await client.updateStatus(persistentVolumes, bound);
  const named = claimWithVolume(claim, volume);
  const written = named === claim ? claim : await client.update(persistentVolumeClaims, named);
  const done = claimWithStatus(written, volume);
  if (done !== written) await client.updateStatus(persistentVolumeClaims, done);
}

async function lose(
  { client, record }: ControllerContext,
  claim: PersistentVolumeClaim,
  event: Parameters<typeof record>[2],
) {
  if (claim.status.phase === 'Lost') return;
  const { capacity: _capacity, accessModes: _modes, ...status } = claim.status;
  await client.updateStatus(persistentVolumeClaims, { ...claim, status: { ...status, phase: 'Lost' } });
  record(component, claim, event);
}

async function askProvisioner(
  { client }: ControllerContext,
  claim: PersistentVolumeClaim,
  provisioner: string,
): Promise<PersistentVolumeClaim> {
  const { annotations = {} } = claim.metadata;
  if (annotations[provisionerAnnotation] === provisioner) return claim;
  const asked = { [provisionerAnnotation]: provisioner, [oldProvisionerAnnotation]: provisioner };
  const metadata = { ...claim.metadata, annotations: { ...annotations, ...asked } };
  return client.update(persistentVolumeClaims, { ...claim, metadata });
}

async function keepPending({ client }: ControllerContext, claim: PersistentVolumeClaim): Promise<void> {
  if (claim.status.phase === 'Pending') return;
  await client.updateStatus(persistentVolumeClaims, { ...claim, status: { ...claim.status, phase: 'Pending' } });
}

/** Writes what a volume's plan says; throws StatusError Conflict when somebody else was first. */
export async function applyVolumePlan(
  context: ControllerContext,
  volume: PersistentVolume,
  plan: VolumePlan,
): Promise<void> {
  switch (plan.type) {
    case 'phase':
      return writePhase(context, volume, plan.phase);
    case 'unbind': {
      const freed = await context.client.update(persistentVolumes, volumeWithoutClaim(volume));
      return writePhase(context, freed, 'Available');
    }
    case 'release':
      return release(context, volume, plan);
    case 'leave-to-claim':
      return undefined;
  }
}

async function release(
  context: ControllerContext,
  volume: PersistentVolume,
  { failure }: Extract<VolumePlan, { type: 'release' }>,
): Promise<void> {
  const { phase } = volume.status;
  if (phase !== 'Released' && phase !== 'Failed') {
    // The cache may not have the claim yet: what is reclaimed is lost, so the server itself is asked first.
    if (await hasClaim(context, volume)) return;
    await writePhase(context, volume, 'Released');
    return;
  }
  if (failure === undefined || phase === 'Failed') return;
  await writePhase(context, volume, 'Failed', failure.message);
  context.record(component, volume, failure.event);
}

async function hasClaim({ client }: ControllerContext, { metadata, spec }: PersistentVolume): Promise<boolean> {
  const { name = '', namespace = '', uid } = spec.claimRef ?? {};
  try {
    const claim = await client.get(persistentVolumeClaims, { name, namespace });
    return claim.metadata.uid === uid && ['', metadata.name].includes(claim.spec.volumeName ?? '');
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}

async function writePhase(
  { client, now }: ControllerContext,
  volume: PersistentVolume,
  phase: Parameters<typeof volumeInPhase>[1],
  message?: string,
): Promise<void> {
  const next = volumeInPhase(volume, phase, { now: now(), ...(message === undefined ? {} : { message }) });
  if (next !== volume) await client.updateStatus(persistentVolumes, next);
}
