import type { Pod } from '../../api/core/pod.schema.ts';
import type { PriorityClass } from '../../api/scheduling/priority-class.schema.ts';
import { priorityClasses } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { forbidden } from '../http/status.ts';
import { withSpec, writtenPod } from './pod-creation.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from './types.ts';

async function defaultClass(context: AdmissionContext): Promise<PriorityClass | undefined> {
  const all = (await context.list(priorityClasses)) as unknown as readonly PriorityClass[];
  const defaults = all.filter(({ globalDefault }) => globalDefault === true);
  // The rule below leaves at most one; of several that came some other way the least is meant.
  return defaults.toSorted(({ value: a = 0 }, { value: b = 0 }) => a - b)[0];
}

async function classOf(
  request: AdmissionRequest,
  name: string,
  context: AdmissionContext,
): Promise<PriorityClass | undefined> {
  if (name === '') return defaultClass(context);
  try {
    return await context.read(priorityClasses, { name });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw forbidden(request.kind, request.name, `no PriorityClass with name ${name} was found`);
  }
}

/** What was worked out for the pod when it was new stays where a change leaves it out. */
function kept(request: AdmissionRequest, { spec }: Pod): Partial<Pod['spec']> {
  const { priority, preemptionPolicy } = (request.old as unknown as Pod).spec;
  return {
    ...(spec.priority === undefined && priority !== undefined ? { priority } : {}),
    ...(spec.preemptionPolicy === undefined && preemptionPolicy !== undefined ? { preemptionPolicy } : {}),
  };
}

/** A pod's priority is that of its PriorityClass; a cluster has one default class at most. */
export const priorityAdmission: AdmissionPlugin = {
  name: 'Priority',
  async mutate(request, context) {
    const pod = writtenPod(request);
    if (pod === undefined) return request.object;
    if (request.verb === 'update') return withSpec(pod, kept(request, pod));
    const { priorityClassName = '', priority: asked, preemptionPolicy: askedPolicy } = pod.spec;
    const found = await classOf(request, priorityClassName, context);
    const priority = found?.value ?? 0;
    const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
    const computed = 'must not be provided in pod spec; priority admission controller computed';
    const source = 'from the given PriorityClass name';
    if (asked !== undefined && asked !== priority) {
      const text = `the integer value of priority (${asked}) ${computed} ${priority} ${source}`;
      throw forbidden(request.kind, request.name, text);
    }
    if (askedPolicy !== undefined && askedPolicy !== preemptionPolicy) {
      const text = `the string value of PreemptionPolicy (${askedPolicy}) ${computed} ${preemptionPolicy} ${source}`;
      throw forbidden(request.kind, request.name, text);
    }
    const name = priorityClassName === '' ? found?.metadata.name : priorityClassName;
    return withSpec(pod, {
      ...(name === undefined ? {} : { priorityClassName: name }),
      priority,
      preemptionPolicy: preemptionPolicy,
    });
  },
  async validate(request, context) {
    const { kind, verb, object, subresource, name } = request;
    if (kind.plural !== 'priorityclasses' || subresource !== '' || object === undefined || verb === 'delete') return;
    if ((object as unknown as PriorityClass).globalDefault !== true) return;
    const present = await defaultClass(context);
    if (present === undefined || present.metadata.name === (object.metadata.name ?? name)) return;
    const text = `PriorityClass ${present.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(kind, name, text);
  },
};
