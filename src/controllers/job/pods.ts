import type { Job } from '../../api/batch/job.schema.ts';
import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { jobs } from '../../api/resources.ts';
import { podFromTemplate } from '../pod-writer.ts';

/** Keeps an ended pod until it has been counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
const indexKey = 'batch.kubernetes.io/job-completion-index';
const failuresAnnotation = 'batch.kubernetes.io/job-index-failure-count';

/** True for a Job whose pods are numbered. */
export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed';
}

/** The number of an indexed Job's pod; undefined for a pod without one. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexKey] ?? metadata.labels?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** How often the pod's number had failed before the pod. */
export function earlierFailures({ metadata }: Pod): number {
  return Number(metadata.annotations?.[failuresAnnotation] ?? 0);
}

/** True while the pod has not been counted. */
export function isTracked({ metadata }: Pod): boolean {
  return (metadata.finalizers ?? []).includes(trackingFinalizer);
}

/** A pod of the Job. */
export function jobPod(job: Job): Unsaved<Pod> {
  const pod = podFromTemplate(job.spec.template, { owner: job, resource: jobs });
  const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  return { ...pod, metadata: { ...pod.metadata, finalizers } };
}

/** The pod with this number, after so many failures of it. */
export function indexedPod(job: Job, index: number, failures: number): Unsaved<Pod> {
  const pod = jobPod(job);
  const { name } = job.metadata;
  const counts = job.spec.backoffLimitPerIndex !== undefined;
  const annotations = {
    ...pod.metadata.annotations,
    [indexKey]: String(index),
    ...(counts ? { [failuresAnnotation]: String(failures) } : {}),
  };
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${name}-${index}-`,
      labels: { ...pod.metadata.labels, [indexKey]: String(index) },
      annotations,
    },
    spec: {
      ...pod.spec,
      hostname: `${name}-${index}`,
      containers: containers.map(withIndex),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndex) }),
    },
  };
}

function withIndex(container: Container): Container {
  const { env = [] } = container;
  const name = 'JOB_COMPLETION_INDEX';
  if (env.some((variable) => variable.name === name)) return container;
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` };
  return { ...container, env: [...env, { name, valueFrom: { fieldRef } }] };
}
