import { ageColumn, countColumn, nameColumn, selectorColumn, templateColumns, textColumn } from '../columns.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, notSupportedField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { CronScheduleError, parseCronSchedule } from '../values/cron-schedule.ts';
import { ageOf } from '../values/duration.ts';
import { ifSet } from '../values/if-set.ts';
import { isTimeZone } from '../values/time-zone.ts';
import { CronJob } from './cron-job.schema.ts';
import type { CronJobSpec, JobTemplateSpec } from './cron-job.schema.ts';
import { defaultJobTemplate, validateJobSpec } from './job-spec.ts';
import { jobSpecWarnings } from './job.ts';

/** The controller adds `-` and a number of ten digits to make the name of a Job, which is a label. */
const maxName = 63 - 11;

const defaultSpec = (spec: CronJobSpec): CronJobSpec => ({
  ...spec,
  concurrencyPolicy: spec.concurrencyPolicy ?? 'Allow',
  suspend: spec.suspend ?? false,
  successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit ?? 3,
  failedJobsHistoryLimit: spec.failedJobsHistoryLimit ?? 1,
  ...ifSet('jobTemplate', spec.jobTemplate, (template) => ({
    ...template,
    ...ifSet('spec', template.spec, defaultJobTemplate),
  })),
});

function validateSchedule(schedule: string, path: string): FieldError[] {
  if (schedule === '') return [requiredField(path)];
  const errors: FieldError[] = [];
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    errors.push(invalidField(path, schedule, error.message));
  }
  if (schedule.includes('TZ')) {
    const message = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(invalidField(path, schedule, message));
  }
  return errors;
}

function validateTimeZone(timeZone: string | undefined, path: string): FieldError[] {
  if (timeZone === undefined) return [];
  if (timeZone === '') return [invalidField(path, timeZone, 'timeZone must be nil or non-empty string')];
  const unknown = [invalidField(path, timeZone, `unknown time zone ${timeZone}`)];
  const isFileName = (part: string): boolean =>
    part !== '.' && part !== '..' && !part.startsWith('-') && /^[A-Za-z.\-_0-9+]{1,14}$/.test(part);
  if (!timeZone.split('/').every(isFileName)) return unknown;
  if (timeZone.toLowerCase() === 'local') {
    const message = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalidField(path, timeZone, message)];
  }
  return isTimeZone(timeZone) ? [] : unknown;
}

function validateTemplate({ spec }: JobTemplateSpec, path: string): FieldError[] {
  const errors = validateJobSpec(spec, path);
  if (spec.selector !== undefined) {
    errors.push(invalidField(`${path}.selector`, spec.selector, '`selector` will be auto-generated'));
  }
  if (spec.manualSelector === true) {
    errors.push(notSupportedField(`${path}.manualSelector`, true, ['nil', 'false']));
  }
  return errors;
}

function validateCronJob({ metadata: { name = '' }, spec }: CronJob): FieldError[] {
  const limits = ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const;
  return [
    ...validateSchedule(spec.schedule, 'spec.schedule'),
    ...validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...validateTimeZone(spec.timeZone, 'spec.timeZone'),
    ...validateTemplate(spec.jobTemplate, 'spec.jobTemplate.spec'),
    ...limits.flatMap((field) => validateNonNegative(spec[field], `spec.${field}`)),
    ...(name.length > maxName
      ? [invalidField('metadata.name', name, `must be no more than ${maxName} characters`)]
      : []),
  ];
}

export const cronJobKind = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: CronJob,
  subresources: {
    status: true,
  },
  defaults: (cronJob) => ({ ...cronJob, ...ifSet('spec', cronJob.spec, defaultSpec) }),
  validate: validateCronJob,
  warnings: (cronJob, old) => {
    const { spec } = cronJob.spec.jobTemplate;
    const template = workloadWarnings(cronJob, old, spec.template, 'spec.jobTemplate.spec.template');
    return [...jobSpecWarnings(spec), ...template];
  },
  columns: [
    nameColumn(),
    textColumn('Schedule', ({ spec }) => spec.schedule),
    textColumn('Timezone', ({ spec }) => spec.timeZone ?? '<none>'),
    { name: 'Suspend', type: 'boolean', cell: ({ spec }) => (spec.suspend === true ? 'True' : 'False') },
    countColumn('Active', ({ status }) => status.active?.length),
    textColumn('Last Schedule', ({ status }, now) =>
      status.lastScheduleTime === undefined ? '<none>' : ageOf(status.lastScheduleTime, now),
    ),
    ageColumn(),
    ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate.spec.template),
    selectorColumn(({ spec }) => spec.jobTemplate.spec.selector),
  ],
});
