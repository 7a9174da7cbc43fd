import type { Volume } from '../../../../api/core/volume.schema.ts';
import type { Check, Subject, Violation } from '../check.ts';
import { plural, quoted, sorted } from '../wording.ts';

const allowed = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const satisfies readonly (keyof Volume)[];

const isAllowed = (volume: Volume): boolean => allowed.some((type) => volume[type] !== undefined);
const typeOf = (volume: Volume): string =>
  Object.entries(volume).find(([key, value]) => key !== 'name' && value !== undefined)?.[0] ?? 'unknown';

function test({ spec }: Subject): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !isAllowed(volume));
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  const types = sorted(bad.map(typeOf));
  const use = plural('uses', 'use', bad.length);
  const what = plural('restricted volume type', 'restricted volume types', types.length);
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', 'volumes', bad.length)} ${quoted(names)} ${use} ${what} ${quoted(types)}`,
  };
}

/** Storage comes from the API or through a claim, never straight from the node or a network. */
export const restrictedVolumes: Check = {
  id: 'restrictedVolumes',
  level: 'restricted',
  versions: [{ from: 0, test }],
  replaces: ['hostPathVolumes'],
};
