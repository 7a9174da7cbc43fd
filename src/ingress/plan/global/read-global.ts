import type { ConfigMap } from '../../../api/core/config-map.schema.ts';
import type { Problem } from '../problem.ts';
import type { GlobalSettings } from './keys.ts';
import { globalKeys, protections } from './keys.ts';

/** Where the settings for all Ingresses are, as ingress-nginx's own manifests have it: `namespace/name`. */
export const globalConfigMap = 'ingress-nginx/ingress-nginx-controller';

export interface ReadGlobal {
  readonly settings: GlobalSettings;
  /** A protection is asked for that is not here or not understood: every route must answer 503. */
  readonly refuseAll: boolean;
  readonly problems: readonly Problem[];
}

/** What an absent ConfigMap says. */
export const noGlobal: ReadGlobal = { settings: {}, refuseAll: false, problems: [] };

/** Reads the ConfigMap; a wrong value counts as absent and is told, unless it would leave open what it should close. */
export function readGlobal(object: ConfigMap | undefined): ReadGlobal {
  if (object === undefined) return noGlobal;
  const { namespace, name, uid } = object.metadata;
  const source = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, uid };
  const problems: Problem[] = [];
  const settings: Record<string, unknown> = {};
  let refuseAll = false;
  for (const [key, raw] of Object.entries(object.data ?? {})) {
    const text = raw.trim();
    // As in ingress-nginx, an empty text stands for the default.
    if (text === '') continue;
    const format = Object.hasOwn(globalKeys, key) ? globalKeys[key as keyof typeof globalKeys] : undefined;
    const value = format?.parse(text);
    if (value !== undefined) {
      settings[key] = value;
      continue;
    }
    const closes = protections.test(key) && !/^false$/i.test(text);
    refuseAll ||= closes;
    const consequence = closes ? 'all routes answer 503, as they would be unprotected without it' : undefined;
    if (format === undefined) {
      const message = `setting ${key} is not supported${consequence === undefined ? ' and has no effect' : `: ${consequence}`}`;
      problems.push({ source, reason: 'UnsupportedSetting', message });
    } else {
      const what = JSON.stringify(text.slice(0, 100));
      const message = `setting ${key}: ${what} is not valid, expected ${format.expects}; ${consequence ?? 'the default counts'}`;
      problems.push({ source, reason: 'InvalidSetting', message });
    }
  }
  return { settings, refuseAll, problems };
}
