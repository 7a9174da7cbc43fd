import { defineKind } from '../kind.ts';
import { Job } from './job.schema.ts';

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
});
