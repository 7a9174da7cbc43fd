import type { ResourceQuota } from '../../../api/core/resource-quota.schema.ts';
import { resourceQuotas } from '../../../api/resources.ts';
import type { Store } from '../../../store/store.ts';
import { StoreError } from '../../../store/store.ts';
import { conflict, forbidden } from '../../http/status.ts';
import { keyOfObject, prefixOf } from '../../registry/keys.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts';
import { judge } from './check.ts';

const attempts = 20;
/** A change of these may use more; of all others only a create does. */
const growing = new Set(['pods', 'services', 'persistentvolumeclaims']);

function isConcerned({ verb, kind, subresource, object }: AdmissionRequest): boolean {
  if (!kind.namespaced || subresource !== '' || object === undefined) return false;
  if (kind.group === '' && kind.plural === 'events') return false;
  return verb === 'create' || (verb === 'update' && kind.group === '' && growing.has(kind.plural));
}

/** Charges one quota, again when another write was faster. */
async function charge(store: Store, request: AdmissionRequest, quota: ResourceQuota): Promise<void> {
  const { kind, object, old, name, namespace, dryRun } = request;
  const key = keyOfObject(resourceQuotas, namespace, quota.metadata.name);
  for (let attempt = 1; object !== undefined; attempt++) {
    const current = await store.get(key);
    if (current === undefined) return;
    const present = current.object as ResourceQuota;
    const verdict = judge(present, { kind, object, old });
    if (verdict.type === 'refused') throw forbidden(kind, name, verdict.reason);
    if (verdict.type === 'unconcerned' || dryRun) return;
    try {
      const charged = { ...present, status: { ...present.status, used: verdict.used } };
      await store.update(key, charged, current.revision);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
      if (attempt < attempts) continue;
      throw conflict(resourceQuotas, quota.metadata.name, 'the quota is written too often to be charged; try again');
    }
  }
}

/** A namespace's quotas: what is used is recorded in their status as it is granted; their controller puts it right. */
export function resourceQuotaAdmission(store: Store): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    async validate(request) {
      if (!isConcerned(request)) return;
      const { items } = await store.list(prefixOf(resourceQuotas, request.namespace));
      for (const item of items) await charge(store, request, item.object as ResourceQuota);
    },
  };
}
