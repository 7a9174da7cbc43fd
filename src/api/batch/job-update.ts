import { withNodeAffinityOf } from '../core/pod-gated-update.ts';
import type { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { validateImmutable } from '../validation/equality.ts';
import type { Job } from './job.schema.ts';
import type { JobSpec } from './shared.schema.ts';

const fixedFields = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;

/** Numbered pods may become more or fewer, as long as all of them may run at once. */
function validateCompletions(spec: JobSpec, old: JobSpec): FieldError[] {
  const path = 'spec.completions';
  if (spec.completionMode !== 'Indexed') return validateImmutable(spec.completions, old.completions, path);
  if (spec.completions === undefined || spec.completions === old.completions) return [];
  return spec.completions === spec.parallelism
    ? []
    : [invalidField(path, spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** The old template with the labels, annotations and place of the new one; what pods want of each other stays. */
function withPlaceOf(template: PodTemplateSpec, old: PodTemplateSpec): PodTemplateSpec {
  const { affinity, nodeSelector, tolerations, schedulingGates } = template.spec;
  const { labels, annotations } = template.metadata;
  return {
    ...old,
    metadata: { ...old.metadata, labels, annotations },
    spec: {
      ...old.spec,
      affinity: withNodeAffinityOf(old.spec.affinity, affinity),
      nodeSelector,
      tolerations,
      schedulingGates,
    },
  };
}

/** The faults of a change of a Job: what its pods are is fixed, and almost all of what ends it. */
export function validateJobUpdate({ spec }: Job, { spec: old, status }: Job): FieldError[] {
  // A Job that has never run may still be given another place.
  const mayMove = spec.suspend === true && old.suspend === true && status.startTime === undefined;
  const before = mayMove ? withPlaceOf(spec.template, old.template) : old.template;
  return [
    ...validateCompletions(spec, old),
    ...validateImmutable(spec.selector, old.selector, 'spec.selector'),
    ...validateImmutable(spec.template, before, 'spec.template'),
    ...fixedFields.flatMap((field) => validateImmutable(spec[field], old[field], `spec.${field}`)),
  ];
}
