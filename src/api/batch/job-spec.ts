import { defaultPodTemplate, validatePodTemplate } from '../core/pod-template-spec.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, notSupportedField, requiredField, tooLongField } from '../field-error.ts';
import { validateDomainPrefixedPath } from '../validation/domain-prefixed-path.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { validateFailurePolicy } from './failure-policy.ts';
import type { JobSpec, PodFailurePolicy } from './shared.schema.ts';
import { validateSuccessPolicy } from './success-policy.ts';

const unlimited = 2 ** 31 - 1;
/** Upstream's limits where pods are numbered, and tighter ones where there are many that fail one by one. */
const maxIndexed = 100_000;
const manyCompletions = 100_000;
const maxWithManyCompletions = 10_000;
const maxManagedBy = 63;

const defaultFailurePolicy = (policy: PodFailurePolicy): PodFailurePolicy => ({
  rules: policy.rules?.map((rule) => ({
    ...rule,
    ...ifSet('onPodConditions', rule.onPodConditions, (patterns) =>
      patterns.map((pattern) => ({ ...pattern, status: pattern.status ?? 'True' })),
    ),
  })),
});

/** Fills in what every template for Jobs has: its pods, and the rules for those that fail. */
export function defaultJobTemplate(spec: JobSpec): JobSpec {
  return {
    ...spec,
    ...ifSet('podFailurePolicy', spec.podFailurePolicy, defaultFailurePolicy),
    ...ifSet('template', spec.template, defaultPodTemplate),
  };
}

/** Fills in what a Job's specification leaves out. */
export function defaultJobSpec(spec: JobSpec): JobSpec {
  const once = spec.completions === undefined && spec.parallelism === undefined;
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  return {
    ...defaultJobTemplate(spec),
    ...(once ? { completions: 1 } : {}),
    parallelism: spec.parallelism ?? 1,
    backoffLimit: spec.backoffLimit ?? (perIndex ? unlimited : 6),
    completionMode: spec.completionMode ?? 'NonIndexed',
    suspend: spec.suspend ?? false,
    podReplacementPolicy:
      spec.podReplacementPolicy ?? (spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'),
    manualSelector: spec.manualSelector ?? false,
  };
}

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

function validateNonIndexed(spec: JobSpec, path: string): FieldError[] {
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((field) => {
    const value = spec[field];
    return value === undefined ? [] : [invalidField(`${path}.${field}`, value, 'requires indexed completion mode')];
  });
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  const atMost = (field: 'parallelism' | 'maxFailedIndexes', max: number, when: string): void => {
    const value = spec[field];
    if (value === undefined || value <= max) return;
    errors.push(invalidField(`${path}.${field}`, value, `must be less than or equal to ${max}${when}`));
  };
  if (completions === undefined) errors.push(requiredField(`${path}.completions`, 'when completion mode is Indexed'));
  atMost('parallelism', maxIndexed, ' when completion mode is Indexed');
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    const message = 'must be less than or equal to completions';
    errors.push(invalidField(`${path}.maxFailedIndexes`, maxFailedIndexes, message));
  }
  atMost('maxFailedIndexes', maxIndexed, '');
  if ((completions ?? 0) <= manyCompletions || spec.backoffLimitPerIndex === undefined) return errors;
  if (maxFailedIndexes === undefined) {
    const message = `must be specified when completions is above ${manyCompletions}`;
    errors.push(requiredField(`${path}.maxFailedIndexes`, message));
  }
  const when = ` when completions are above ${manyCompletions} and used with backoff limit per index`;
  if (parallelism <= maxIndexed) atMost('parallelism', maxWithManyCompletions, when);
  atMost('maxFailedIndexes', maxWithManyCompletions, when);
  return errors;
}

function validateManagedBy({ managedBy }: JobSpec, path: string): FieldError[] {
  if (managedBy === undefined) return [];
  const errors = validateDomainPrefixedPath(managedBy, path);
  return managedBy.length > maxManagedBy ? [...errors, tooLongField(path, maxManagedBy)] : errors;
}

function validateTemplate({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  if (template === undefined) return [];
  const errors = validatePodTemplate(template, path);
  const { restartPolicy } = template.spec;
  const at = `${path}.spec.restartPolicy`;
  if (restartPolicy === undefined || restartPolicy === 'Always') {
    errors.push(requiredField(at, 'valid values: "OnFailure", "Never"'));
  } else if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    errors.push(notSupportedField(at, restartPolicy, ['OnFailure', 'Never']));
  } else if (podFailurePolicy !== undefined && restartPolicy !== 'Never') {
    errors.push(invalidField(at, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
  return errors;
}

/** The faults of a Job's specification at `path`, but for its selector; also that of the Jobs of a CronJob. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const { podReplacementPolicy } = spec;
  const errors = counts.flatMap((field) => validateNonNegative(spec[field], `${path}.${field}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(requiredField(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  errors.push(
    ...validateManagedBy(spec, `${path}.managedBy`),
    ...(spec.completionMode === 'Indexed' ? validateIndexed(spec, path) : validateNonIndexed(spec, path)),
    ...validateFailurePolicy(spec, `${path}.podFailurePolicy`),
    ...validateSuccessPolicy(spec, `${path}.successPolicy`),
  );
  if (spec.podFailurePolicy !== undefined && podReplacementPolicy === 'TerminatingOrFailed') {
    errors.push(notSupportedField(`${path}.podReplacementPolicy`, podReplacementPolicy, ['Failed']));
  }
  return [...errors, ...validateTemplate(spec, `${path}.template`)];
}
