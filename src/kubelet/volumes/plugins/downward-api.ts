import type { DownwardAPIVolumeSource } from '../../../api/core/volume.schema.ts';
import type { VolumeContext } from '../context.ts';
import { downwardPayload } from '../payload.ts';
import type { ContentVolume } from './content.ts';

/** The files of a `downwardAPI` volume. */
export function downwardVolume({ pod, allocatable }: VolumeContext, source: DownwardAPIVolumeSource): ContentVolume {
  const { items, defaultMode = 0o644 } = source;
  const payload = downwardPayload(items, { pod, defaultMode, allocatable });
  return { plugin: 'downward-api', inMemory: false, payload };
}
