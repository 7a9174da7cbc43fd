import type { ConfigMapVolumeSource } from '../../../api/core/volume.schema.ts';
import type { VolumeContext } from '../context.ts';
import { configMapPayload } from '../payload.ts';
import type { ContentVolume } from './content.ts';
import { orNothing } from './optional.ts';

/** The files of a `configMap` volume. */
export async function configMapVolume(
  { pod, objects, maxAgeMs }: VolumeContext,
  source: ConfigMapVolumeSource,
): Promise<ContentVolume> {
  const { name = '', items, defaultMode = 0o644, optional = false } = source;
  const object = await orNothing(optional, objects.configMap(pod.metadata.namespace, name, maxAgeMs));
  const payload = configMapPayload(object ?? {}, { items, defaultMode, optional });
  return { plugin: 'configmap', inMemory: false, payload };
}
