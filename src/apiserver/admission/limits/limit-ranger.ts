import type { LimitRange, LimitRangeItem } from '../../../api/core/limit-range.schema.ts';
import type { PersistentVolumeClaim } from '../../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import { limitRanges } from '../../../api/resources.ts';
import { forbidden } from '../../http/status.ts';
import { newPod } from '../pod-creation.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { claimFaults, podFaults } from './constraints.ts';
import { defaultsOf, withContainerDefaults } from './defaults.ts';

async function itemsOf(context: AdmissionContext, namespace: string): Promise<readonly LimitRangeItem[]> {
  const ranges = (await context.list(limitRanges, namespace)) as unknown as readonly LimitRange[];
  return ranges.flatMap(({ spec }) => spec.limits);
}

/** A namespace's LimitRanges: amounts for those who name none, and bounds for all. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  async mutate(request, context) {
    const pod = newPod(request);
    if (pod === undefined) return request.object;
    const items = await itemsOf(context, request.namespace);
    let complete: Pod = pod;
    for (const item of items) complete = withContainerDefaults(complete, defaultsOf(item));
    return complete;
  },
  async validate(request, context) {
    const { kind, verb, subresource, object, namespace, name } = request;
    if (kind.group !== '' || subresource !== '' || object === undefined || verb === 'delete') return;
    const isPod = kind.plural === 'pods' && verb === 'create';
    if (!isPod && kind.plural !== 'persistentvolumeclaims') return;
    const items = await itemsOf(context, namespace);
    const faults = items.flatMap((item) =>
      isPod ? podFaults(object as unknown as Pod, item) : claimFaults(object as unknown as PersistentVolumeClaim, item),
    );
    if (faults.length === 0) return;
    throw forbidden(kind, name, faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`);
  },
};
