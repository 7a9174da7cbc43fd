import { forbiddenField, notSupportedField } from '../../api/field-error.ts';
import { invalidObject } from '../../api/status-error.ts';
import type { ListResult, StoredObject } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { ApiResponse } from '../http/message.ts';
import { badRequest, expired } from '../http/status.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import type { ListMetadata } from '../negotiation/represent.ts';
import { includeObjectOf, listParts, partialMetadata, tableOf } from '../negotiation/represent.ts';
import { decodeToken, encodeToken, tokenExpired } from '../paging/continue-token.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { fromStored, prepareToShow, textOf } from '../registry/conversion.ts';
import { keyOfObject, prefixOf } from '../registry/keys.ts';
import type { Selection } from '../request/selection.ts';
import { selectionOf } from '../request/selection.ts';
import type { Call } from './call.ts';
import { revisionOf } from './call.ts';
import { awaitRevision } from './revision.ts';

/** A page as the store gave it, narrowed by the selectors. */
interface Page {
  readonly items: readonly StoredObject[];
  readonly metadata: ListMetadata;
}

/** Selectors make pages short: so many objects are looked at in one go. */
const scanAtOnce = 2000;

function limitOf(query: URLSearchParams): number | undefined {
  const text = query.get('limit') ?? '';
  if (text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`limit: Invalid value: ${JSON.stringify(text)}: must be an integer`);
  const limit = Number(text);
  return limit > 0 ? limit : undefined;
}

/** The revision to read at: undefined means now. */
function revisionToRead(call: Call, token: string): number | undefined {
  const { query } = call.info;
  const revision = revisionOf(query);
  const match = query.get('resourceVersionMatch') ?? '';
  const refuse = (detail: string): Error =>
    invalidObject('meta.k8s.io', 'ListOptions', '', [forbiddenField('resourceVersionMatch', detail)]);
  if (token !== '' && (revision ?? 0) !== 0)
    throw badRequest('specifying resource version is not allowed when using continue');
  if (match === '') {
    awaitRevision(call.core.store, revision);
    // A page of a revision has meant that very revision since before there was a way to say so.
    return revision !== undefined && revision > 0 && limitOf(query) !== undefined ? revision : undefined;
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const error = notSupportedField('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']);
    throw invalidObject('meta.k8s.io', 'ListOptions', '', [error]);
  }
  if (token !== '') throw refuse('resourceVersionMatch is forbidden when continue is provided');
  if (revision === undefined) throw refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && revision === 0)
    throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  awaitRevision(call.core.store, revision);
  return match === 'Exact' ? revision : undefined;
}

async function readPage(call: Call, selection: Selection): Promise<Page> {
  const { core, info } = call;
  const stored = core.kinds.stored(call.kind);
  const collection = prefixOf(stored, info.namespace);
  const isOne = selection.name !== undefined && (!stored.namespaced || info.namespace !== '');
  // Of one object's key and those that begin like it, the selector leaves the one.
  const prefix = isOne ? keyOfObject(stored, info.namespace, selection.name) : collection;
  const text = info.query.get('continue') ?? '';
  const asked = revisionToRead(call, text);
  const token = text === '' ? undefined : decodeToken(text, collection);
  const limit = limitOf(info.query);
  const items: StoredObject[] = [];
  let revision = token?.revision ?? asked;
  let startAfter = token?.startAfter;
  for (;;) {
    const wanted = limit === undefined ? undefined : selection.matches === undefined ? limit : scanAtOnce;
    const page: ListResult = await core.store.list(prefix, {
      ...(revision === undefined ? {} : { revision }),
      ...(wanted === undefined ? {} : { limit: wanted }),
      ...(startAfter === undefined ? {} : { startAfter }),
    });
    revision = page.revision;
    await prepareToShow(call.kind, page.items);
    const left = (limit ?? Number.POSITIVE_INFINITY) - items.length;
    const taken = take(call, page.items, selection, left);
    items.push(...taken.items);
    const behind = page.remaining + (page.items.length - taken.looked);
    if (behind === 0) return { items, metadata: { resourceVersion: String(revision) } };
    startAfter = page.items[taken.looked - 1]?.key ?? startAfter ?? prefix;
    if (items.length < (limit ?? Number.POSITIVE_INFINITY)) continue;
    const metadata = { resourceVersion: String(revision), continue: encodeToken({ revision, startAfter }) };
    // With selectors nobody knows how many of the rest would match.
    return {
      items,
      metadata: selection.matches === undefined ? { ...metadata, remainingItemCount: behind } : metadata,
    };
  }
}

function take(
  call: Call,
  items: readonly StoredObject[],
  { matches }: Selection,
  limit: number,
): { items: readonly StoredObject[]; looked: number } {
  if (matches === undefined) return { items, looked: items.length };
  const found: StoredObject[] = [];
  let looked = 0;
  for (const item of items) {
    if (found.length >= limit) break;
    looked++;
    if (matches(shown(call, item))) found.push(item);
  }
  return { items: found, looked };
}

/** A stored object in the form of the call's kind. */
function shown(call: Call, item: StoredObject): ApiObject {
  return fromStored(call.core.kinds.stored(call.kind), call.kind, item.object as unknown as ApiObject);
}

/** GET of a collection. */
export async function handleList(call: Call): Promise<ApiResponse> {
  const { request, info, kind, warnings } = call;
  const representation = representationOf(request);
  const { items, metadata } = await pageOf(call);
  const answer = { status: 200, format: representation.format, warnings };
  const json = (value: unknown): readonly Buffer[] => [Buffer.from(JSON.stringify(value))];
  switch (representation.as) {
    case 'Table': {
      const rows = items.map((item) => shown(call, item));
      const table = tableOf(kind, rows, representation, { includeObject: includeObjectOf(info.query), metadata });
      return encodeAnswer(request, info.query, { ...answer, parts: json(table) });
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList': {
      const partial = items.map((item) => partialMetadata(shown(call, item), representation));
      const list = {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${representation.metaVersion}`,
        metadata,
        items: partial,
      };
      return encodeAnswer(request, info.query, { ...answer, parts: json(list) });
    }
    case 'object':
      return encodeAnswer(request, info.query, { ...answer, parts: listParts(kind, metadata, textsOf(call, items)) });
  }
}

/** The JSON texts of objects in the form of the call's kind. */
export function textsOf({ core, kind }: Call, items: readonly StoredObject[]): readonly Buffer[] {
  const stored = core.kinds.stored(kind);
  return items.map((item) => textOf(stored, kind, item));
}

/** The objects that a list, or a delete of a collection, is about. */
export async function pageOf(call: Call): Promise<Page> {
  const selection = selectionOf(call.kind, call.info.query);
  try {
    return await readPage(call, selection);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'compacted') throw error;
    if (call.info.query.get('continue')) throw tokenExpired();
    const { compactedRevision } = call.core.store;
    throw expired(`The resourceVersion for the provided list is too old. (compacted at ${compactedRevision})`);
  }
}
