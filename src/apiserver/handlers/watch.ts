import { randomInt } from 'node:crypto';
import { forbiddenField } from '../../api/field-error.ts';
import type { AnyKind } from '../../api/kind.ts';
import { invalidObject } from '../../api/status-error.ts';
import type { StoredObject } from '../../store/store.ts';
import type { ApiResponse } from '../http/message.ts';
import { badRequest } from '../http/status.ts';
import { representationOf, warningHeaders } from '../negotiation/encode.ts';
import { includeObjectOf } from '../negotiation/represent.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { fromStored, prepareToShow } from '../registry/conversion.ts';
import { keyOfObject, prefixOf } from '../registry/keys.ts';
import { selectionOf } from '../request/selection.ts';
import type { BookmarkClock } from '../watch/bookmark-clock.ts';
import type { FanOut } from '../watch/fan-out.ts';
import type { FrameWriter } from '../watch/frames.ts';
import { metadataFrames, objectFrames, tableFrames } from '../watch/frames.ts';
import { WatchSession } from '../watch/watch-session.ts';
import type { Call } from './call.ts';
import { revisionOf } from './call.ts';
import { awaitRevision } from './revision.ts';

const isTrue = (value: string | null): boolean => value === 'true' || value === '1';
const minuteMs = 60_000;

/** As asked, else between half an hour and an hour, so that clients do not all come back at once. */
function timeoutMs(query: URLSearchParams): number {
  const text = query.get('timeoutSeconds') ?? '';
  if (text === '' || text === '0') return randomInt(30 * minuteMs, 60 * minuteMs);
  if (!/^\d{1,9}$/.test(text))
    throw badRequest(`timeoutSeconds: Invalid value: ${JSON.stringify(text)}: must be an integer`);
  return Math.min(Number(text) * 1000, 24 * 60 * minuteMs);
}

interface Start {
  /** Send what is there first. */
  readonly initial: boolean;
  /** Undefined: from now on. */
  readonly revision: number | undefined;
  readonly announce: boolean;
}

/** Where a watch begins, by upstream's rules for `resourceVersion`, `resourceVersionMatch` and `sendInitialEvents`. */
function startOf(call: Call): Start {
  const { query } = call.info;
  const revision = revisionOf(query);
  const match = query.get('resourceVersionMatch') ?? '';
  const wish = query.get('sendInitialEvents');
  const refuse = (field: string, detail: string): Error =>
    invalidObject('meta.k8s.io', 'ListOptions', '', [forbiddenField(field, detail)]);
  if (wish === null && match !== '') {
    throw refuse(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (wish !== null && match !== 'NotOlderThan') {
    throw refuse('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  awaitRevision(call.core.store, revision);
  if (wish !== null) {
    const initial = isTrue(wish);
    return { initial, announce: initial, revision: initial || (revision ?? 0) === 0 ? undefined : revision };
  }
  const fromNow = (revision ?? 0) === 0;
  return { initial: fromNow, announce: false, revision: fromNow ? undefined : revision };
}

function framesOf(call: Call, stored: AnyKind): FrameWriter {
  const representation = representationOf(call.request);
  switch (representation.as) {
    case 'Table':
      return tableFrames(stored, call.kind, representation, includeObjectOf(call.info.query));
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return metadataFrames(stored, call.kind, representation);
    case 'object':
      return objectFrames(stored, call.kind);
  }
}

interface WatchParts {
  readonly clock: BookmarkClock;
  readonly fanOut: FanOut;
  readonly watchOpened: (info: Call['info']) => () => void;
}

/** GET of a collection that goes on with every change. */
export async function handleWatch(call: Call, { clock, fanOut, watchOpened }: WatchParts): Promise<ApiResponse> {
  const { core, kind, info } = call;
  const { store } = core;
  const stored = core.kinds.stored(kind);
  const start = startOf(call);
  const selection = selectionOf(kind, info.query);
  const frames = framesOf(call, stored);
  const timeout = timeoutMs(info.query);
  const { matches: selects } = selection;
  const matches =
    selects === undefined
      ? undefined
      : (item: StoredObject) => selects(fromStored(stored, kind, item.object as unknown as ApiObject));
  const isOne = selection.name !== undefined && (!kind.namespaced || info.namespace !== '');
  const prefix = isOne ? keyOfObject(stored, info.namespace, selection.name) : prefixOf(stored, info.namespace);
  const page = start.initial ? await store.list(prefix) : undefined;
  await prepareToShow(kind, page?.items ?? []);
  const initial = matches === undefined ? page?.items : page?.items.filter(matches);
  const plan = {
    store,
    clock,
    fanOut,
    prefix,
    matches,
    waitsForConversion: kind.conversion?.prepare !== undefined,
    frames,
    initial: initial ?? [],
    revision: start.revision ?? page?.revision ?? store.revision,
    bookmarks: isTrue(info.query.get('allowWatchBookmarks')),
    announceInitialEnd: start.announce && isTrue(info.query.get('allowWatchBookmarks')),
    timeoutMs: timeout,
    onGone: (listener: () => void) => core.kinds.onGone(kind, listener),
  };
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      ...warningHeaders(call.warnings),
    },
    body: (sink) => new WatchSession({ ...plan, ended: watchOpened(info) }, sink).start(),
  };
}
