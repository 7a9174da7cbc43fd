import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { ServiceAccount } from '../../api/core/service-account.schema.ts';
import type { Unsaved } from '../../api/object.ts';

/** The ServiceAccount of pods that name none. */
export const defaultServiceAccount = 'default';

/** The ServiceAccount to create in a namespace, unless it has one or takes no new objects. */
export function reconcile(
  namespace: Namespace | undefined,
  present: ServiceAccount | undefined,
): Unsaved<ServiceAccount> | undefined {
  if (namespace === undefined || present !== undefined) return undefined;
  if (namespace.metadata.deletionTimestamp !== undefined || namespace.status.phase === 'Terminating') return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: defaultServiceAccount, namespace: namespace.metadata.name },
  };
}
