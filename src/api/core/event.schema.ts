import { ObjectReference } from './reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, message, microTime, optional, required, string, time } from '../schema.ts';

export const EventSeries = message('io.k8s.api.core.v1.EventSeries', {
  count: optional(1, int32),
  lastObservedTime: optional(2, microTime),
});
export interface EventSeries extends Infer<typeof EventSeries> {}

export const EventSource = message('io.k8s.api.core.v1.EventSource', {
  component: optional(1, string),
  host: optional(2, string),
});
export interface EventSource extends Infer<typeof EventSource> {}

export const Event = namespacedObject('io.k8s.api.core.v1.Event', {
  involvedObject: required(2, ObjectReference),
  reason: optional(3, string),
  message: optional(4, string),
  source: optional(5, EventSource),
  firstTimestamp: optional(6, time),
  lastTimestamp: optional(7, time),
  count: optional(8, int32),
  type: optional(9, string),
  eventTime: optional(10, microTime),
  series: optional(11, EventSeries),
  action: optional(12, string),
  related: optional(13, ObjectReference),
  reportingComponent: optional(14, string),
  reportingInstance: optional(15, string),
});
export interface Event extends Infer<typeof Event> {}
