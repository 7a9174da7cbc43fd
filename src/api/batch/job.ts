import { ageColumn, nameColumn, selectorColumn, templateColumns, textColumn } from '../columns.ts';
import { defaultPodTemplate, validatePodTemplate } from '../core/pod-template-spec.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { semanticallyEqual, validateImmutable } from '../validation/equality.ts';
import { validateNonNegative, validateRange } from '../validation/numbers.ts';
import { ageOf, humanDuration } from '../values/duration.ts';
import { ifSet } from '../values/if-set.ts';
import { selectorMatches } from '../values/label-selector.ts';
import { Job } from './job.schema.ts';
import type { JobSpec } from './shared.schema.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';
const unlimited = 2 ** 31 - 1;
/** Upstream's limit where pods are numbered and count their failures one by one. */
const maxIndexed = 100_000;

/** Fills in what a Job's specification leaves out; also that of the Jobs of a CronJob. */
export function defaultJobSpec(spec: JobSpec): JobSpec {
  const once = spec.completions === undefined && spec.parallelism === undefined;
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  return {
    ...spec,
    ...(once ? { completions: 1 } : {}),
    parallelism: spec.parallelism ?? 1,
    backoffLimit: spec.backoffLimit ?? (perIndex ? unlimited : 6),
    completionMode: spec.completionMode ?? 'NonIndexed',
    suspend: spec.suspend ?? false,
    podReplacementPolicy:
      spec.podReplacementPolicy ?? (spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'),
    manualSelector: spec.manualSelector ?? false,
    ...ifSet('template', spec.template, defaultPodTemplate),
  };
}

/** Gives the pods of a Job labels that are its own, and the selector that finds them. */
function withGeneratedSelector({ metadata, spec }: Job): JobSpec {
  if (spec.manualSelector === true) return spec;
  const { name, uid } = metadata;
  // The short names are those of old; both are in use.
  const generated = { [uidLabel]: uid, 'controller-uid': uid, [nameLabel]: name, 'job-name': name };
  const labels = { ...generated, ...spec.template.metadata?.labels };
  const matchLabels = { [uidLabel]: uid, ...spec.selector?.matchLabels };
  return {
    ...spec,
    selector: { ...spec.selector, matchLabels },
    template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
  };
}

/** A Job without labels has those of its template. */
function withTemplateLabels(job: Job): Job {
  const { labels } = job.spec.template.metadata ?? {};
  if (labels === undefined || Object.keys(job.metadata.labels ?? {}).length > 0) return job;
  return { ...job, metadata: { ...job.metadata, labels } };
}

/** The faults of a Job's specification at `path`, but for its selector. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const { template, completionMode, completions } = spec;
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
    'ttlSecondsAfterFinished',
  ] as const;
  const errors = counts.flatMap((field) => validateNonNegative(spec[field], `${path}.${field}`));
  if (completionMode === 'Indexed') {
    if (completions === undefined) {
      errors.push(requiredField(`${path}.completions`, 'when completion mode is Indexed'));
    }
    errors.push(...validateRange(spec.parallelism, 0, maxIndexed, `${path}.parallelism`));
  } else if (spec.backoffLimitPerIndex !== undefined) {
    const message = 'when indexed job mode is not used';
    errors.push(invalidField(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex, message));
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(requiredField(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  errors.push(...validateFailurePolicy(spec, `${path}.podFailurePolicy`));
  if (template !== undefined) {
    errors.push(...validatePodTemplate(template, `${path}.template`));
    const { restartPolicy } = template.spec;
    if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
      errors.push(requiredField(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
    }
  }
  return errors;
}

function validateFailurePolicy({ podFailurePolicy, template, ...spec }: JobSpec, path: string): FieldError[] {
  if (podFailurePolicy === undefined) return [];
  const errors: FieldError[] = [];
  const { restartPolicy } = template.spec;
  if (restartPolicy !== 'Never') {
    const message = `only "Never" is supported when podFailurePolicy is specified`;
    errors.push(invalidField(path.replace('podFailurePolicy', 'template.spec.restartPolicy'), restartPolicy, message));
  }
  for (const [index, { action, onExitCodes, onPodConditions = [] }] of podFailurePolicy.rules.entries()) {
    const at = `${path}.rules[${index}]`;
    const both = onExitCodes !== undefined && onPodConditions.length > 0;
    const neither = onExitCodes === undefined && onPodConditions.length === 0;
    if (both || neither) {
      const message = both
        ? 'specifying both OnExitCodes and OnPodConditions is not supported'
        : 'specifying one of OnExitCodes and OnPodConditions is required';
      errors.push(invalidField(at, { action }, message));
    }
    if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
      errors.push(invalidField(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'));
    }
  }
  return errors;
}

function validateSelector({ spec }: Job): FieldError[] {
  if (spec.selector === undefined) return [requiredField('spec.selector')];
  const { labels = {} } = spec.template.metadata;
  return selectorMatches(spec.selector, labels)
    ? []
    : [invalidField('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

function validateChange({ spec }: Job, { spec: old, status }: Job): FieldError[] {
  const isIndexed = old.completionMode === 'Indexed';
  // Numbered pods may become more or fewer, as long as all of them may run at once.
  const elastic = isIndexed && spec.completions === spec.parallelism && old.completions === old.parallelism;
  const fixed = [
    'selector',
    'podFailurePolicy',
    'completionMode',
    'backoffLimitPerIndex',
    'successPolicy',
    'managedBy',
  ] as const;
  const errors = fixed.flatMap((field) => validateImmutable(spec[field], old[field], `spec.${field}`));
  if (!elastic) errors.push(...validateImmutable(spec.completions, old.completions, 'spec.completions'));
  // A Job that has never run may still be given another place.
  const mayMove = old.suspend === true && status.startTime === undefined;
  const template = mayMove ? withPlace(spec.template, old.template) : spec.template;
  if (!semanticallyEqual(template, old.template)) {
    errors.push(...validateImmutable(spec.template, old.template, 'spec.template'));
  }
  return errors;
}

/** A template with labels, annotations and place of another. */
function withPlace(template: JobSpec['template'], other: JobSpec['template']): JobSpec['template'] {
  const { affinity, nodeSelector, tolerations, schedulingGates } = other.spec;
  const { labels, annotations } = other.metadata;
  return {
    ...template,
    metadata: { ...template.metadata, labels, annotations },
    spec: { ...template.spec, affinity, nodeSelector, tolerations, schedulingGates },
  };
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
  validate: (job) => [...validateJobSpec(job.spec, 'spec'), ...validateSelector(job)],
  validateUpdate: validateChange,
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
