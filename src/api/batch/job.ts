import { ageColumn, nameColumn, selectorColumn, templateColumns, textColumn } from '../columns.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { dnsLabelComplaints } from '../validation/names.ts';
import { ageOf, humanDuration } from '../values/duration.ts';
import { validateJobSelector, withGeneratedSelector } from './job-selector.ts';
import { defaultJobSpec, validateJobSpec } from './job-spec.ts';
import { validateJobStatus } from './job-status.ts';
import { validateJobUpdate } from './job-update.ts';
import { Job } from './job.schema.ts';
import type { JobSpec } from './shared.schema.ts';

/** A Job without labels has those of its template. */
function withTemplateLabels(job: Job): Job {
  const { labels } = job.spec.template.metadata ?? {};
  if (labels === undefined || Object.keys(job.metadata.labels ?? {}).length > 0) return job;
  return { ...job, metadata: { ...job.metadata, labels } };
}

/** The names of numbered pods grow with the numbers; they have to stay labels. */
function validateHostnames({ metadata: { name }, spec }: Job): FieldError[] {
  const { completionMode, completions = 0 } = spec;
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const longest = `${name}-${completions - 1}`;
  if (dnsLabelComplaints(longest).length === 0) return [];
  return [invalidField('metadata.name', name, `will not able to create pod with invalid DNS label: ${longest}`)];
}

const tooManyToTrack =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';

/** Advice about a Job's own numbers. */
export function jobSpecWarnings({ completionMode, completions = 0, parallelism = 0 }: JobSpec): string[] {
  return completionMode === 'Indexed' && completions > 100_000 && parallelism > 10_000 ? [tooManyToTrack] : [];
}

function statusCell({ metadata, status }: Job): string {
  const is = (type: string): boolean =>
    (status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

function completionsCell({ spec, status }: Job): string {
  const { succeeded = 0 } = status;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const { parallelism = 0 } = spec;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationCell({ status }: Job, now: number): string {
  const { startTime, completionTime } = status;
  if (startTime === undefined) return '';
  return completionTime === undefined
    ? ageOf(startTime, now)
    : humanDuration(Date.parse(completionTime) - Date.parse(startTime));
}

export const jobKind = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  schema: Job,
  subresources: {
    status: true,
  },
  defaults: (job) => withTemplateLabels({ ...job, spec: defaultJobSpec(job.spec) }),
  prepareForCreate: (job) => withTemplateLabels({ ...job, spec: withGeneratedSelector(job), status: {} }),
  validate: (job) => [...validateJobSpec(job.spec, 'spec'), ...validateJobSelector(job), ...validateHostnames(job)],
  validateUpdate: validateJobUpdate,
  validateStatus: validateJobStatus,
  warnings: (job, old) => [...jobSpecWarnings(job.spec), ...workloadWarnings(job, old, job.spec.template)],
  selectableFields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
  columns: [
    nameColumn(),
    textColumn('Status', statusCell),
    textColumn('Completions', completionsCell),
    textColumn('Duration', durationCell),
    ageColumn(),
    ...templateColumns<Job>(({ spec }) => spec.template),
    selectorColumn(({ spec }) => spec.selector),
  ],
});
