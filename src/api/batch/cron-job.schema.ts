import { JobSpec } from './shared.schema.ts';
import { ObjectReference } from '../core/reference.schema.ts';
import { ObjectMeta } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int32, int64, list, message, oneOf, optional, present, required, string, time } from '../schema.ts';

export const JobTemplateSpec = message('io.k8s.api.batch.v1.JobTemplateSpec', {
  metadata: present(1, ObjectMeta),
  spec: present(2, JobSpec),
});
export interface JobTemplateSpec extends Infer<typeof JobTemplateSpec> {}

export const CronJobSpec = message('io.k8s.api.batch.v1.CronJobSpec', {
  schedule: required(1, string),
  timeZone: optional(8, string),
  startingDeadlineSeconds: optional(2, int64),
  concurrencyPolicy: optional(3, oneOf('Allow', 'Forbid', 'Replace')),
  suspend: optional(4, boolean),
  jobTemplate: required(5, JobTemplateSpec),
  successfulJobsHistoryLimit: optional(6, int32),
  failedJobsHistoryLimit: optional(7, int32),
});
export interface CronJobSpec extends Infer<typeof CronJobSpec> {}

export const CronJobStatus = message('io.k8s.api.batch.v1.CronJobStatus', {
  active: optional(1, list(ObjectReference)),
  lastScheduleTime: optional(4, time),
  lastSuccessfulTime: optional(5, time),
});
export interface CronJobStatus extends Infer<typeof CronJobStatus> {}

export const CronJob = namespacedObject('io.k8s.api.batch.v1.CronJob', {
  spec: required(2, CronJobSpec),
  status: present(3, CronJobStatus),
});
export interface CronJob extends Infer<typeof CronJob> {}
