import { Binding } from '../../api/core/binding.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { notSupportedField, requiredField } from '../../api/field-error.ts';
import { invalidObject } from '../../api/status-error.ts';
import type { ApiResponse } from '../http/message.ts';
import { conflict, notFound } from '../http/status.ts';
import { jsonAnswer } from '../negotiation/encode.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Write } from '../registry/core.ts';
import { updateObject } from '../registry/update.ts';
import type { Call } from './call.ts';
import { writeOf } from './call.ts';
import { readOther } from './read-body-of.ts';
import { checkIdentity } from './update.ts';

/** The Status that says that something was created, and no more. */
export const createdStatus = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

function check(binding: Binding): void {
  const { kind = '', name = '' } = binding.target;
  const errors = [
    ...(kind !== '' && kind !== 'Node' ? [notSupportedField('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(name === '' ? [requiredField('target.name')] : []),
  ];
  if (errors.length > 0) throw invalidObject('', 'Binding', binding.metadata.name, errors);
}

function scheduled(pod: Pod, now: string): Pod['status'] {
  const type = 'PodScheduled';
  const { conditions = [] } = pod.status;
  const before = conditions.find((condition) => condition.type === type);
  const lastTransitionTime = before?.status === 'True' ? before.lastTransitionTime : now;
  const condition = { type, status: 'True', ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) };
  const others = conditions.filter((one) => one !== before);
  return { ...pod.status, conditions: [...others, condition] };
}

function bound(write: Write, pod: Pod, binding: Binding): Pod {
  const { name, deletionTimestamp } = pod.metadata;
  const refuse = (text: string): Error => conflict({ plural: 'pods/binding', group: '' }, name, text);
  if (deletionTimestamp !== undefined) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  const { nodeName = '', schedulingGates = [] } = pod.spec;
  if (nodeName !== '') throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`);
  if (schedulingGates.length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: { ...pod.spec, nodeName: binding.target.name ?? '' },
    status: scheduled(pod, write.now),
  };
}

/** POST of a Binding, to `pods/X/binding` or to `bindings`: puts a pod on a node. */
export async function handleBinding(call: Call): Promise<ApiResponse> {
  const pods = call.core.kinds.resource('', 'v1', 'pods');
  if (pods === undefined) throw notFound({ plural: 'pods', group: '' }, call.info.name);
  const body = await readOther(call, { schema: Binding, apiVersion: 'v1', kind: 'Binding' });
  const binding = body as unknown as Binding;
  check(binding);
  const write = { ...writeOf({ ...call, kind: pods }), subresource: 'binding', name: binding.metadata.name };
  const change = (current: ApiObject): ApiObject => {
    checkIdentity(write, body, current);
    return bound(write, current as unknown as Pod, binding);
  };
  // Only nothing, and the place where it runs, changes: the rules for changes of pods say nothing of that.
  await updateObject(call.core, write, { change, shape: (object) => object, validateUpdate: () => [] });
  return jsonAnswer(201, createdStatus);
}
