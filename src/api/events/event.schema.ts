import { EventSource } from '../core/event.schema.ts';
import { ObjectReference } from '../core/reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, message, microTime, optional, required, string, time } from '../schema.ts';

export const EventSeries = message('io.k8s.api.events.v1.EventSeries', {
  count: required(1, int32),
  lastObservedTime: required(2, microTime),
});
export interface EventSeries extends Infer<typeof EventSeries> {}

export const Event = namespacedObject('io.k8s.api.events.v1.Event', {
  eventTime: required(2, microTime),
  series: optional(3, EventSeries),
  reportingController: optional(4, string),
  reportingInstance: optional(5, string),
  action: optional(6, string),
  reason: optional(7, string),
  regarding: optional(8, ObjectReference),
  related: optional(9, ObjectReference),
  note: optional(10, string),
  type: optional(11, string),
  deprecatedSource: optional(12, EventSource),
  deprecatedFirstTimestamp: optional(13, time),
  deprecatedLastTimestamp: optional(14, time),
  deprecatedCount: optional(15, int32),
});
export interface Event extends Infer<typeof Event> {}
