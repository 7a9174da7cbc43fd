/** One version of one object on disk: what a write left. */
export interface Row {
  /** The revision that wrote it; no two rows have the same. */
  readonly revision: number;
  readonly key: string;
  /** The revision of the version that this one replaced; 0 when there was none. */
  readonly previous: number;
  /** Whether the write was a delete. */
  readonly deleted: boolean;
  readonly json: Uint8Array;
}

type Head = Omit<Row, 'json'> & { readonly size: number };

/** Rows on their way from one thread to another: their texts lie in one buffer, whose ownership is passed on. */
export interface PackedRows {
  readonly heads: readonly Head[];
  readonly bytes: ArrayBuffer;
}

/** Copies rows into a form that can be posted, with `bytes` in the transfer list. */
export function packRows(rows: readonly Row[]): PackedRows {
  let size = 0;
  for (const { json } of rows) size += json.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  const heads = rows.map(({ revision, key, previous, deleted, json }) => {
    bytes.set(json, at);
    at += json.length;
    return { revision, key, previous, deleted, size: json.length };
  });
  return { heads, bytes: bytes.buffer };
}

/** The rows of a message; their texts are views of its buffer. */
export function* unpackRows({ heads, bytes }: PackedRows): Generator<Row> {
  let at = 0;
  for (const { size, ...head } of heads) {
    yield { ...head, json: new Uint8Array(bytes, at, size) };
    at += size;
  }
}
