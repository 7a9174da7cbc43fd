import { defineKind } from '../kind.ts';
import { CronJob } from './cron-job.schema.ts';

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
});
