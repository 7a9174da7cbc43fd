import { countColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { objectCell, validateEventNamespace } from '../core/event.ts';
import { defineKind } from '../kind.ts';
import { ageOf } from '../values/duration.ts';
import { Event } from './event.schema.ts';

const lastSeen = ({ series, deprecatedLastTimestamp, eventTime }: Event): string | undefined =>
  series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime;

export const eventKind = defineKind<Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: Event,
  storedAs: { group: '', version: 'v1', kind: 'Event' },
  validate: ({ metadata, regarding }) => validateEventNamespace(metadata.namespace ?? '', regarding?.namespace ?? ''),
  selectableFields: {
    'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
    'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
    'regarding.name': ({ regarding }) => regarding?.name ?? '',
    'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
    'regarding.apiVersion': ({ regarding }) => regarding?.apiVersion ?? '',
    'regarding.resourceVersion': ({ regarding }) => regarding?.resourceVersion ?? '',
    'regarding.fieldPath': ({ regarding }) => regarding?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
  columns: [
    textColumn('Last Seen', (event, now) => ageOf(lastSeen(event), now)),
    textColumn('Type', ({ type }) => type ?? ''),
    textColumn('Reason', ({ reason }) => reason ?? ''),
    textColumn('Object', ({ regarding }) => objectCell(regarding ?? {})),
    wideColumn('Subobject', ({ regarding }) => regarding?.fieldPath ?? ''),
    wideColumn('Source', ({ reportingController, reportingInstance }) =>
      [reportingController, reportingInstance].filter(Boolean).join(', '),
    ),
    textColumn('Message', ({ note }) => (note ?? '').trim()),
    wideColumn('First Seen', ({ deprecatedFirstTimestamp, eventTime }, now) =>
      ageOf(deprecatedFirstTimestamp ?? eventTime, now),
    ),
    {
      ...countColumn<Event>('Count', ({ series, deprecatedCount }) => series?.count ?? deprecatedCount ?? 1),
      priority: 1,
    },
    { ...nameColumn<Event>(), priority: 1 },
  ],
});
