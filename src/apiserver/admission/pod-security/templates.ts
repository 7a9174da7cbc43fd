import type { CronJob } from '../../../api/batch/cron-job.schema.ts';
import type { PodTemplateSpec } from '../../../api/core/pod-template-spec.schema.ts';
import type { PodTemplate } from '../../../api/core/pod-template.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { Subject } from './check.ts';

interface Templated {
  readonly spec: { readonly template?: PodTemplateSpec };
}

const byKind: Readonly<Record<string, (object: ApiObject) => PodTemplateSpec | undefined>> = {
  podtemplates: (object) => (object as unknown as PodTemplate).template,
  'cronjobs.batch': (object) => (object as unknown as CronJob).spec.jobTemplate.spec.template,
};
const templated = new Set([
  'replicationcontrollers',
  'replicasets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
]);

const subjectOf = ({ metadata, spec }: Pick<PodTemplateSpec, 'metadata' | 'spec'>): Subject => ({
  annotations: metadata.annotations ?? {},
  spec,
});

export const podSubject = (pod: Pod): Subject => ({ annotations: pod.metadata.annotations ?? {}, spec: pod.spec });

/** The pods that a workload would make; undefined for objects that make none. */
export function templateOf({ group, plural }: AnyKind, object: ApiObject): Subject | undefined {
  const name = group === '' ? plural : `${plural}.${group}`;
  const template = templated.has(name) ? (object as unknown as Templated).spec.template : byKind[name]?.(object);
  return template === undefined ? undefined : subjectOf(template);
}
