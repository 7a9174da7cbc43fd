import type { Pod } from '../../api/core/pod.schema.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { AdmissionRequest } from './types.ts';

/** The new pod that a request would create; undefined for any other request. */
export function newPod({ verb, kind, subresource, object }: AdmissionRequest): Pod | undefined {
  const isNewPod = verb === 'create' && kind.group === '' && kind.plural === 'pods' && subresource === '';
  return isNewPod ? (object as unknown as Pod) : undefined;
}

/** The pod of a request that creates or changes one, its subresources aside; undefined for any other request. */
export function writtenPod(request: AdmissionRequest): Pod | undefined {
  return newPod(request.verb === 'update' ? { ...request, verb: 'create' } : request);
}

/** The pod with a changed specification, as an object on its way. */
export function withSpec(pod: Pod, spec: Partial<Pod['spec']>): ApiObject {
  return { ...pod, spec: { ...pod.spec, ...spec } };
}
