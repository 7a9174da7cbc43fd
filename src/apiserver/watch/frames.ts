import type { AnyKind } from '../../api/kind.ts';
import type { StatusError } from '../../api/status-error.ts';
import type { StoredObject } from '../../store/store.ts';
import { failure } from '../http/status.ts';
import type { Representation } from '../negotiation/accept.ts';
import type { IncludeObject } from '../negotiation/represent.ts';
import { partialMetadata, tableOf } from '../negotiation/represent.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { fromStored, isShownAsStored, textOf } from '../registry/conversion.ts';
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

interface Line {
  readonly type: ChangeType;
  readonly line: Buffer;
}

/** The newest lines: the watches of a kind are served one after the other, and share them. */
const shared = new Map<StoredObject, Line>();
const mostShared = 256;
/** What a watch before wrote in one go: mostly the next writes the same. */
let joined: { readonly lines: readonly Buffer[]; readonly bytes: Buffer } | undefined;

function sharedLine(type: ChangeType, stored: StoredObject): Buffer {
  const known = shared.get(stored);
  if (known?.type === type) return known.line;
  const line = lineOf(type, stored.json);
  if (shared.size >= mostShared) forgetLines();
  shared.set(stored, { type, line });
  return line;
}

/** Lets go of the lines that watches share: when each has what it waited for. */
export function forgetLines(): void {
  shared.clear();
  joined = undefined;
}

/** Lines as one piece. */
export function joinLines(lines: readonly Buffer[]): Buffer {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return first;
  const known = joined;
  if (known?.lines.length === lines.length && known.lines.every((line, index) => line === lines[index])) {
    return known.bytes;
  }
  joined = { lines, bytes: Buffer.concat(lines) };
  return joined.bytes;
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
    if (isShownAsStored(stored, kind)) return sharedLine(type, item);
    return lineOf(type, textOf(stored, kind, item));
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
