import { stat } from 'node:fs/promises';
import type { PersistentVolumeClaim } from '../../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../../api/core/persistent-volume.schema.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../../api/resources.ts';
import { ensureDirectory, isErrno } from '../../../system/files.ts';
import type { PreparedVolume, VolumeContext } from '../context.ts';
import { fsGroupOf } from '../context.ts';
import { VolumeFault } from '../fault.ts';
import { belongsToGroup, giveToGroup } from '../ownership.ts';
import { readdirIfExists, volumeDirectory } from '../paths.ts';
import { prepareHostPath } from './host-path.ts';

const groupAnnotation = 'pv.beta.kubernetes.io/gid';

/** What the claim is for in the pod. */
export interface ClaimUse {
  readonly claimName: string;
  readonly readOnly: boolean;
  /** The pod must be the claim's owner: it was made for this pod's ephemeral volume. */
  readonly ownedByPod: boolean;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The bound volume of a claim. Throws VolumeFault, worded as upstream's event. */
async function boundVolume(context: VolumeContext, use: ClaimUse): Promise<PersistentVolume> {
  const { client, name, pod } = context;
  const { namespace, uid } = pod.metadata;
  const refuse = (why: string, cause?: unknown): VolumeFault =>
    new VolumeFault(
      'NotReady',
      `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], ` +
        `failed to process volumes=[${name}]: error processing PVC ${namespace}/${use.claimName}: ${why}`,
      { wholeMessage: true, cause },
    );
  let claim: PersistentVolumeClaim;
  try {
    claim = await client.get(persistentVolumeClaims, { name: use.claimName, namespace });
  } catch (error) {
    throw refuse(`failed to fetch PVC from API server: ${textOf(error)}`, error);
  }
  const { metadata, spec, status } = claim;
  const owned = metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true;
  if (use.ownedByPod && !owned) {
    const [thing, of] = [`${namespace}/${use.claimName}`, `${namespace}/${pod.metadata.name}`];
    throw refuse(`PVC ${thing} was not created for pod ${of} (pod is not owner)`);
  }
  if (metadata.deletionTimestamp !== undefined) throw refuse('PVC is being deleted');
  if (status.phase !== 'Bound' || spec.volumeName === undefined || spec.volumeName === '') {
    throw refuse('PVC is not bound');
  }
  let volume: PersistentVolume;
  try {
    volume = await client.get(persistentVolumes, { name: spec.volumeName });
  } catch (error) {
    throw refuse(`failed to fetch PV ${spec.volumeName} from API server: ${textOf(error)}`, error);
  }
  if (volume.spec.claimRef?.uid !== metadata.uid) {
    const found = volume.spec.claimRef?.uid ?? '';
    throw refuse(
      `PV ${JSON.stringify(spec.volumeName)} claimRef.uid ${JSON.stringify(found)} is not equal to PVC UID ${JSON.stringify(metadata.uid)}`,
    );
  }
  return volume;
}

/** Applies fsGroup once for a pod: its processes may set their files' owners as they like afterwards. */
async function takeOwnership({ pod, podDirectory, name }: VolumeContext, path: string): Promise<void> {
  const group = fsGroupOf(pod);
  if (group === undefined) return;
  const done = volumeDirectory(podDirectory, 'local-volume', name);
  if ((await readdirIfExists(done)) !== undefined) return;
  const ownership = { group, readOnly: false };
  const always = pod.spec.securityContext?.fsGroupChangePolicy !== 'OnRootMismatch';
  if (always || !(await belongsToGroup(path, ownership))) await giveToGroup(path, ownership);
  await ensureDirectory(done, 0o755);
}

async function prepareLocal(
  context: VolumeContext,
  volume: PersistentVolume,
  readOnly: boolean,
): Promise<PreparedVolume> {
  const { path = '', fsType } = volume.spec.local ?? {};
  let status;
  try {
    status = await stat(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new VolumeFault('NotReady', `path ${JSON.stringify(path)} does not exist`, { cause: error });
  }
  if (volume.spec.volumeMode === 'Block') {
    if (status.isBlockDevice()) return { path, readOnly, managed: false, isDevice: true };
    throw new VolumeFault('Refused', `path ${JSON.stringify(path)} is not a block device`);
  }
  if (!status.isDirectory()) {
    const wish = fsType === undefined ? '' : ` of fsType ${JSON.stringify(fsType)}`;
    throw new VolumeFault('Unsupported', `local volume${wish} on ${JSON.stringify(path)}: only folders are supported`);
  }
  if (!readOnly) await takeOwnership(context, path);
  return { path, readOnly, managed: true, isDevice: false };
}

/** The volume behind a claim: a path of the node (`hostPath`, `local`); others are refused. */
export async function prepareClaim(context: VolumeContext, use: ClaimUse): Promise<PreparedVolume> {
  const volume = await boundVolume(context, use);
  const { hostPath, local } = volume.spec;
  const gid = Number(volume.metadata.annotations?.[groupAnnotation] ?? '');
  const group = Number.isInteger(gid) && gid > 0 ? { supplementalGroup: gid } : {};
  if (hostPath !== undefined) return { ...(await prepareHostPath(hostPath)), readOnly: use.readOnly, ...group };
  if (local !== undefined) return { ...(await prepareLocal(context, volume, use.readOnly)), ...group };
  const described = new Set([
    'capacity',
    'accessModes',
    'claimRef',
    'persistentVolumeReclaimPolicy',
    'storageClassName',
  ]);
  for (const other of ['mountOptions', 'volumeMode', 'nodeAffinity', 'volumeAttributesClassName']) described.add(other);
  const kind = Object.keys(volume.spec).find((field) => !described.has(field)) ?? 'an unknown kind';
  throw new VolumeFault(
    'Unsupported',
    `persistent volume ${JSON.stringify(volume.metadata.name)} is of ${kind}, which this kubelet cannot mount; it mounts hostPath and local`,
  );
}
