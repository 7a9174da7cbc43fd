import type { ScalePaths } from '../api/kind.ts';
import type { JsonObject } from './json.ts';
import { fieldAt, isJsonObject, withFieldAt } from './json.ts';
import { labelSelectorFromMap, labelSelectorFromObject } from './selectors/label-selector.ts';
import { formatSelector, selectorOf } from './selectors/selector.ts';

/** What `/scale` serves and takes (autoscaling/v1). */
export interface Scale {
  readonly kind: 'Scale';
  readonly apiVersion: 'autoscaling/v1';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

interface Scalable {
  readonly metadata: Scale['metadata'] | (Omit<Scale['metadata'], 'namespace'> & { readonly namespace?: undefined });
}

function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector;
  if (!isJsonObject(selector)) return undefined;
  const isObject = 'matchLabels' in selector || 'matchExpressions' in selector;
  const isMap = Object.values(selector).every((value) => typeof value === 'string');
  const parsed =
    isMap && !isObject ? labelSelectorFromMap(selector as Record<string, string>) : labelSelectorFromObject(selector);
  const sorted = parsed.requirements.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return formatSelector(selectorOf(sorted));
}

function replicasAt(object: object, path: readonly string[]): number {
  const value = fieldAt(object, path);
  return typeof value === 'number' ? value : 0;
}

/** The Scale of an object: how many it wants, how many there are, and how to find them. */
export function scaleOf(object: Scalable, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.selector.length === 0 ? undefined : selectorText(fieldAt(object, paths.selector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: replicasAt(object, paths.specReplicas) },
    status: {
      replicas: replicasAt(object, paths.statusReplicas),
      ...(selector === undefined || selector === '' ? {} : { selector }),
    },
  };
}

/** The object with the number of replicas that a Scale asks for; a Scale without one asks for none. */
export function withScale<T extends object>(object: T, scale: object, paths: ScalePaths): T {
  return withFieldAt(object, paths.specReplicas, replicasAt(scale as JsonObject, ['spec', 'replicas']));
}
