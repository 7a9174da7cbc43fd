import { JobSpec } from './shared.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, mergeList, message, optional, present, required, setOf, string, time } from '../schema.ts';

export const JobCondition = message('io.k8s.api.batch.v1.JobCondition', {
  type: required(1, string),
  status: required(2, string),
  lastProbeTime: optional(3, time),
  lastTransitionTime: optional(4, time),
  reason: optional(5, string),
  message: optional(6, string),
});
export interface JobCondition extends Infer<typeof JobCondition> {}

export const UncountedTerminatedPods = message('io.k8s.api.batch.v1.UncountedTerminatedPods', {
  succeeded: optional(1, setOf(string)),
  failed: optional(2, setOf(string)),
});
export interface UncountedTerminatedPods extends Infer<typeof UncountedTerminatedPods> {}

export const JobStatus = message('io.k8s.api.batch.v1.JobStatus', {
  conditions: optional(1, mergeList(JobCondition, 'type')),
  startTime: optional(2, time),
  completionTime: optional(3, time),
  active: optional(4, int32),
  succeeded: optional(5, int32),
  failed: optional(6, int32),
  terminating: optional(11, int32),
  completedIndexes: optional(7, string),
  failedIndexes: optional(10, string),
  uncountedTerminatedPods: optional(8, UncountedTerminatedPods),
  ready: optional(9, int32),
});
export interface JobStatus extends Infer<typeof JobStatus> {}

export const Job = namespacedObject('io.k8s.api.batch.v1.Job', {
  spec: present(2, JobSpec),
  status: present(3, JobStatus),
});
export interface Job extends Infer<typeof Job> {}
