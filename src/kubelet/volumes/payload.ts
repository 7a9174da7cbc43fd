import type { ConfigMap } from '../../api/core/config-map.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { DownwardAPIVolumeFile, KeyToPath } from '../../api/core/volume.schema.ts';
import { fieldValue } from '../environment/field-value.ts';
import { resourceValue } from '../environment/resource-value.ts';
import type { Payload, PayloadFile } from './atomic-writer.ts';

/** How a ConfigMap or Secret is laid out as files. */
export interface Layout {
  /** All keys under their own names when left out. */
  readonly items?: readonly KeyToPath[] | undefined;
  readonly defaultMode: number;
  readonly optional: boolean;
}

function select(data: ReadonlyMap<string, Buffer>, layout: Layout, missing: (key: string) => string): Payload {
  const { items = [], defaultMode: mode, optional } = layout;
  if (items.length === 0) return new Map([...data].map(([key, bytes]) => [key, { data: bytes, mode }]));
  const files = new Map<string, PayloadFile>();
  for (const item of items) {
    const bytes = data.get(item.key);
    if (bytes !== undefined) files.set(item.path, { data: bytes, mode: item.mode ?? mode });
    else if (!optional) throw new Error(missing(item.key));
  }
  return files;
}

/** A ConfigMap's files; throws for a key that it must have and has not. */
export function configMapPayload(
  { data, binaryData }: Pick<ConfigMap, 'data' | 'binaryData'>,
  layout: Layout,
): Payload {
  const all = new Map([
    ...Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'utf8')] as const),
    ...Object.entries(binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ]);
  return select(all, layout, (key) => `configmap references non-existent config key: ${key}`);
}

/** A Secret's files; throws for a key that it must have and has not. */
export function secretPayload({ data }: Pick<Secret, 'data'>, layout: Layout): Payload {
  const all = new Map(Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const));
  return select(all, layout, (key) => `references non-existent secret key: ${key}`);
}

/** The downward API's files. */
export function downwardPayload(
  items: readonly DownwardAPIVolumeFile[] | undefined,
  { pod, defaultMode, allocatable }: { pod: Pod; defaultMode: number; allocatable: Readonly<Record<string, string>> },
): Payload {
  return new Map(
    (items ?? []).map(({ path, fieldRef, resourceFieldRef, mode }) => {
      let text = '';
      // Addresses are not offered to volumes: they would not be known yet.
      if (fieldRef !== undefined) text = fieldValue(fieldRef, pod, { podIPs: [], hostIPs: [] });
      else if (resourceFieldRef !== undefined) text = resourceValue(resourceFieldRef, { pod, allocatable });
      return [path, { data: Buffer.from(text, 'utf8'), mode: mode ?? defaultMode }];
    }),
  );
}
