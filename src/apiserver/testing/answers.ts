interface Table {
  readonly kind: string;
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly unknown[];
}

/** What a Table that comes as a body shows, in short. */
export async function tableOfBody(body: AsyncIterable<Uint8Array>): Promise<object> {
  const chunks = await Array.fromAsync(body);
  const { kind, columnDefinitions, rows } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Table;
  return { kind, columns: columnDefinitions.map(({ name }) => name), rows: rows.length };
}
