import type { AnyKind } from '../../api/kind.ts';
import type { StatusError } from '../../api/status-error.ts';
import type { StoredObject } from '../../store/store.ts';
import { failure } from '../http/status.ts';
import type { Representation } from '../negotiation/accept.ts';
import type { IncludeObject } from '../negotiation/represent.ts';
import { partialMetadata, tableOf } from '../negotiation/represent.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { fromStored, textOf } from '../registry/conversion.ts';
import { groupVersion } from '../registry/kind-registry.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Writes the lines of one watch; each is a JSON object and a newline. */
export interface FrameWriter {
  change(type: ChangeType, stored: StoredObject): Buffer;
  bookmark(revision: number, initialEventsEnd: boolean): Buffer;
}

const heads: Readonly<Record<ChangeType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const tail = Buffer.from('}\n');

const frame = (type: string, object: unknown): Buffer => Buffer.from(`${JSON.stringify({ type, object })}\n`);

const lineOf = (type: ChangeType, text: Buffer): Buffer => Buffer.concat([heads[type], text, tail]);

/** The last line written: the watchers of a kind are served one after the other, and share it. */
let latest: { readonly type: ChangeType; readonly stored: StoredObject; readonly line: Buffer } | undefined;

function sharedLine(type: ChangeType, stored: StoredObject): Buffer {
  if (latest?.stored === stored && latest.type === type) return latest.line;
  const line = lineOf(type, stored.json);
  latest = { type, stored, line };
  return line;
}

/** The line that ends a watch with an error. */
export const errorFrame = (error: StatusError): Buffer => frame('ERROR', failure(error));

function bookmarkMetadata(revision: number, initialEventsEnd: boolean): object {
  return {
    resourceVersion: String(revision),
    ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
}

/** A writer of whole objects of `kind`, which are stored as `stored`. */
export function objectFrames(stored: AnyKind, kind: AnyKind): FrameWriter {
  const change = (type: ChangeType, item: StoredObject): Buffer => {
    const text = textOf(stored, kind, item);
    return text === item.json ? sharedLine(type, item) : lineOf(type, text);
  };
  return {
    change,
    bookmark: (revision, initialEventsEnd) =>
      frame('BOOKMARK', {
        kind: kind.kind,
        apiVersion: groupVersion(kind),
        metadata: bookmarkMetadata(revision, initialEventsEnd),
      }),
  };
}

/** A writer of Tables with one row each; only the first says what the columns are. */
export function tableFrames(
  stored: AnyKind,
  kind: AnyKind,
  representation: Representation,
  includeObject: IncludeObject,
): FrameWriter {
  let withoutColumns = false;
  const table = (objects: readonly ApiObject[], resourceVersion: string): object => {
    const made = tableOf(kind, objects, representation, {
      includeObject,
      withoutColumns,
      metadata: { resourceVersion },
    });
    withoutColumns = true;
    return made;
  };
  return {
    change: (type, item) => {
      const object = fromStored(stored, kind, item.object as unknown as ApiObject);
      return frame(type, table([object], object.metadata.resourceVersion ?? ''));
    },
    bookmark: (revision, initialEventsEnd) => {
      const made = table([], String(revision)) as { readonly metadata: object };
      return frame('BOOKMARK', {
        ...made,
        metadata: { ...made.metadata, ...bookmarkMetadata(revision, initialEventsEnd) },
      });
    },
  };
}

/** A writer of metadata alone. */
export function metadataFrames(stored: AnyKind, kind: AnyKind, representation: Representation): FrameWriter {
  return {
    change: (type, item) =>
      frame(type, partialMetadata(fromStored(stored, kind, item.object as unknown as ApiObject), representation)),
    bookmark: (revision, initialEventsEnd) =>
      frame('BOOKMARK', {
        kind: 'PartialObjectMetadata',
        apiVersion: `meta.k8s.io/${representation.metaVersion}`,
        metadata: bookmarkMetadata(revision, initialEventsEnd),
      }),
  };
}
