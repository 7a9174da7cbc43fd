import type { ConfigMap } from '../../api/core/config-map.schema.ts';
import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { semanticEqual } from '../canonical.ts';

/** The ConfigMap from which pods learn whom to trust as the API server. */
export const rootCaConfigMap = 'kube-root-ca.crt';

export interface RootCaState {
  readonly namespace: Namespace | undefined;
  readonly present: ConfigMap | undefined;
  /** PEM. */
  readonly rootCa: string;
}

export type RootCaPlan =
  | { readonly type: 'none' }
  | { readonly type: 'create'; readonly configMap: Unsaved<ConfigMap> }
  | { readonly type: 'update'; readonly configMap: ConfigMap };

/** The write that makes a namespace's ConfigMap carry the cluster's root certificate and nothing else. */
export function reconcile({ namespace, present, rootCa }: RootCaState): RootCaPlan {
  if (namespace === undefined) return { type: 'none' };
  if (namespace.metadata.deletionTimestamp !== undefined || namespace.status.phase === 'Terminating') {
    return { type: 'none' };
  }
  const data = { 'ca.crt': rootCa };
  if (present === undefined) {
    const metadata = { name: rootCaConfigMap, namespace: namespace.metadata.name };
    return { type: 'create', configMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } };
  }
  if (semanticEqual(present.data, data) && present.binaryData === undefined) return { type: 'none' };
  const { binaryData: _, ...rest } = present;
  return { type: 'update', configMap: { ...rest, data } };
}
