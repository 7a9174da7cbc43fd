import type { SecretVolumeSource } from '../../../api/core/volume.schema.ts';
import type { VolumeContext } from '../context.ts';
import { secretPayload } from '../payload.ts';
import type { ContentVolume } from './content.ts';
import { orNothing } from './optional.ts';

/** The files of a `secret` volume. */
export async function secretVolume(
  { pod, objects, maxAgeMs }: VolumeContext,
  source: SecretVolumeSource,
): Promise<ContentVolume> {
  const { secretName = '', items, defaultMode = 0o644, optional = false } = source;
  const object = await orNothing(optional, objects.secret(pod.metadata.namespace, secretName, maxAgeMs));
  return { plugin: 'secret', inMemory: true, payload: secretPayload(object ?? {}, { items, defaultMode, optional }) };
}
