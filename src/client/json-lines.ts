const newline = 0x0a;

/**
 * The JSON values of a newline-delimited stream, parsed as they become complete. A last line without a newline is
 * dropped: its stream broke off in the middle of a value.
 */
export async function* jsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let pending: Uint8Array[] = [];
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end);
      const line = pending.length === 0 ? Buffer.from(tail) : Buffer.concat([...pending, tail]);
      pending = [];
      start = end + 1;
      if (line.length > 0) yield JSON.parse(line.toString('utf8'));
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
