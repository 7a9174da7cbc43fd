import { countColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import type { Column } from '../kind.ts';
import { defineKind } from '../kind.ts';
import { ageOf } from '../values/duration.ts';
import { Event } from './event.schema.ts';

/** When the event happened last, and when it happened first; series and old-style counts say so in fields of their own. */
const lastSeen = ({ series, lastTimestamp, eventTime, firstTimestamp }: Event): string | undefined =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp;
const firstSeen = ({ firstTimestamp, eventTime }: Event): string | undefined => firstTimestamp ?? eventTime;

function source({
  source: { component = '', host = '' } = {},
  reportingComponent = '',
  reportingInstance = '',
}: Event): string {
  const name = component === '' ? reportingComponent : component;
  const where = host === '' ? reportingInstance : host;
  return where === '' ? name : `${name}, ${where}`;
}

/** `pod/web-1`, as kubectl takes it. */
export function objectCell({
  kind = '',
  name = '',
}: {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}): string {
  return kind === '' ? '' : `${kind.toLowerCase()}/${name}`;
}

/** The faults of where an event is kept: what it is about (`namespace`) must be there, too. */
export function validateEventNamespace(own: string, namespace: string): FieldError[] {
  // What happens to cluster-wide objects is told in the default namespace.
  const fits = namespace === '' ? own === 'default' || own === '' || own === 'kube-system' : own === namespace;
  return fits ? [] : [invalidField('involvedObject.namespace', namespace, 'does not match event.namespace')];
}

export const eventColumns: readonly Column<Event>[] = [
  textColumn('Last Seen', (event, now) => ageOf(lastSeen(event), now)),
  textColumn('Type', ({ type }) => type ?? ''),
  textColumn('Reason', ({ reason }) => reason ?? ''),
  textColumn('Object', ({ involvedObject }) => objectCell(involvedObject)),
  wideColumn('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? ''),
  wideColumn('Source', source),
  textColumn('Message', ({ message }) => (message ?? '').trim()),
  wideColumn('First Seen', (event, now) => ageOf(firstSeen(event), now)),
  { ...countColumn<Event>('Count', ({ count, series }) => series?.count ?? count ?? 1), priority: 1 },
  { ...nameColumn<Event>(), priority: 1 },
];

export const eventKind = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: Event,
  validate: ({ metadata, involvedObject }) =>
    validateEventNamespace(metadata.namespace ?? '', involvedObject.namespace ?? ''),
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source: { component = '' } = {}, reportingComponent = '' }) =>
      component === '' ? reportingComponent : component,
    type: ({ type }) => type ?? '',
  },
  columns: eventColumns,
});
