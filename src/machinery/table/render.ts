import type { AnyKind, Cell, Column } from '../../api/kind.ts';
import type { ObjectMeta } from '../../api/meta/meta.schema.ts';
import type { MetaVersion } from '../partial-metadata.ts';
import { partialMetadata } from '../partial-metadata.ts';

/** What each row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  /** For ages: milliseconds since the epoch. */
  readonly now: number;
  readonly includeObject: IncludeObject;
  /** Of the list: resourceVersion, continue, remainingItemCount. */
  readonly metadata?: object;
  readonly metaVersion?: MetaVersion;
  /** Later events of a watch repeat no column definitions. */
  readonly withoutColumns?: boolean;
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** A list as `kubectl get` wants it: columns, and a row of cells for each object. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: object;
  readonly columnDefinitions: readonly TableColumn[] | null;
  readonly rows: readonly { readonly cells: readonly Cell[]; readonly object: object | null }[];
}

interface WithMetadata {
  readonly metadata: ObjectMeta;
}

const usualColumns: readonly Column<WithMetadata>[] = [
  { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name ?? '' },
  { name: 'Created At', type: 'date', cell: ({ metadata }) => metadata.creationTimestamp ?? '0001-01-01T00:00:00Z' },
];

function definition(column: Column<never>): TableColumn {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  };
}

function rowObject(object: object, options: TableOptions): object | null {
  if (options.includeObject === 'None') return null;
  return options.includeObject === 'Object' ? object : partialMetadata(object, options.metaVersion);
}

/** Objects of one kind as a Table of `meta.k8s.io`; kinds without columns of their own show when they were made. */
export function renderTable(kind: Pick<AnyKind, 'columns'>, items: readonly object[], options: TableOptions): Table {
  const columns = (kind.columns ?? usualColumns) as readonly Column<object>[];
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.metaVersion ?? 'v1'}`,
    metadata: options.metadata ?? {},
    columnDefinitions: options.withoutColumns === true ? null : columns.map(definition),
    rows: items.map((item) => ({
      cells: columns.map((column) => column.cell(item, options.now)),
      object: rowObject(item, options),
    })),
  };
}
