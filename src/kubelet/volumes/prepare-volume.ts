import type { Volume } from '../../api/core/volume.schema.ts';
import type { PreparedVolume, VolumeContext } from './context.ts';
import { VolumeFault } from './fault.ts';
import { configMapVolume } from './plugins/config-map.ts';
import type { ContentVolume } from './plugins/content.ts';
import { writeContent } from './plugins/content.ts';
import { downwardVolume } from './plugins/downward-api.ts';
import { prepareEmptyDir } from './plugins/empty-dir.ts';
import { prepareHostPath } from './plugins/host-path.ts';
import { prepareClaim } from './plugins/persistent-claim.ts';
import { projectedVolume } from './plugins/projected.ts';
import { secretVolume } from './plugins/secret.ts';

/** Whether a volume's files come from the API and change with it. */
export function isContentVolume({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return [configMap, secret, downwardAPI, projected].some((source) => source !== undefined);
}

async function contentOf(context: VolumeContext, volume: Volume): Promise<ContentVolume | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) return configMapVolume(context, configMap);
  if (secret !== undefined) return secretVolume(context, secret);
  if (downwardAPI !== undefined) return downwardVolume(context, downwardAPI);
  return projected === undefined ? undefined : projectedVolume(context, projected);
}

/** Puts one volume in place with the plugin for its kind. Throws VolumeFault, or what the system or the API said. */
export async function prepareVolume(context: VolumeContext, volume: Volume): Promise<PreparedVolume> {
  const content = await contentOf(context, volume);
  if (content !== undefined) return writeContent(context, content);
  const { emptyDir, hostPath, persistentVolumeClaim, ephemeral, name } = volume;
  if (emptyDir !== undefined) return prepareEmptyDir(context, emptyDir);
  if (hostPath !== undefined) return prepareHostPath(hostPath);
  if (persistentVolumeClaim !== undefined) {
    const { claimName, readOnly = false } = persistentVolumeClaim;
    return prepareClaim(context, { claimName, readOnly, ownedByPod: false });
  }
  if (ephemeral !== undefined) {
    const claimName = `${context.pod.metadata.name}-${name}`;
    return prepareClaim(context, { claimName, readOnly: false, ownedByPod: true });
  }
  const [kind = 'without a source'] = Object.keys(volume).filter((field) => field !== 'name');
  throw new VolumeFault('Unsupported', `volumes of type ${kind} are not supported by this kubelet`);
}
