import type { AnyKind } from '../../api/kind.ts';
import { renderTable } from '../../machinery/table/render.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import type { Representation } from './accept.ts';

const metaApiVersion = (representation: Representation): string => `meta.k8s.io/${representation.metaVersion}`;

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** What a Table row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** The `includeObject` parameter; anything unknown means metadata. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const asked = query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}

/** An object with its metadata alone. */
export function partialMetadata(object: ApiObject, representation: Representation): object {
  return { kind: 'PartialObjectMetadata', apiVersion: metaApiVersion(representation), metadata: object.metadata };
}

export interface TableOptions {
  readonly includeObject: IncludeObject;
  readonly metadata: ListMetadata;
  /** Later events of a watch repeat no column definitions. */
  readonly withoutColumns?: boolean;
}

/** Objects as the rows of a Table. */
export function tableOf(
  kind: AnyKind,
  objects: readonly ApiObject[],
  representation: Representation,
  options: TableOptions,
): object {
  return renderTable(kind, objects, { ...options, metaVersion: representation.metaVersion, now: Date.now() });
}

/** The kind of a list: `PodList`. */
export const listKind = (kind: AnyKind): string => kind.listKind ?? `${kind.kind}List`;

const comma = Buffer.from(',');
const listEnd = Buffer.from(']}\n');

/** A list's JSON out of its items' own texts, in parts that are shared with the store. */
export function listParts(kind: AnyKind, metadata: ListMetadata, items: readonly Buffer[]): readonly Buffer[] {
  const head = { kind: listKind(kind), apiVersion: groupVersion(kind), metadata };
  const start = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`);
  const parts: Buffer[] = [start];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(comma);
    parts.push(item);
  }
  parts.push(listEnd);
  return parts;
}
