/** Indexes in a notation such as `1,3-5` that cannot be read; the message is upstream's. */
export class IndexesError extends Error {
  readonly code = 'InvalidIndexes';
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new IndexesError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  const index = Number(text);
  if (index >= completions) throw new IndexesError(`too large index: ${JSON.stringify(text)}`);
  return index;
}

const notIncreasing = (previous: number, current: number): IndexesError =>
  new IndexesError(`non-increasing order, previous: ${previous}, current: ${current}`);

function parseInterval(text: string, completions: number): Interval {
  const [low = '', high, ...more] = text.split('-');
  if (more.length > 0) {
    const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
    throw new IndexesError(`the fragment ${JSON.stringify(text)} ${rule}`);
  }
  const first = parseIndex(low, completions);
  if (high === undefined) return [first, first];
  const last = parseIndex(high, completions);
  if (first >= last) throw notIncreasing(first, last);
  return [first, last];
}

type Interval = readonly [first: number, last: number];

/** The intervals of a list such as `1,3-5`, in order; all are below `completions`. Throws IndexesError. */
export function parseIndexes(text: string, completions: number): readonly Interval[] {
  if (text === '') return [];
  let previous: number | undefined;
  return text.split(',').map((part) => {
    const [first, last] = parseInterval(part, completions);
    if (previous !== undefined && previous >= first) throw notIncreasing(previous, first);
    previous = last;
    return [first, last];
  });
}

/** How many indexes a list such as `1,3-5` names; all are below `completions`. Throws IndexesError. */
export const countIndexes = (text: string, completions: number): number =>
  parseIndexes(text, completions).reduce((count, [first, last]) => count + last - first + 1, 0);

/** The first index that two lists of intervals share. */
export function sharedIndex(some: readonly Interval[], others: readonly Interval[]): number | undefined {
  let [here, there] = [0, 0];
  for (;;) {
    const [mine, theirs] = [some[here], others[there]];
    if (mine === undefined || theirs === undefined) return undefined;
    if (mine[0] <= theirs[1] && theirs[0] <= mine[1]) return Math.max(mine[0], theirs[0]);
    if (mine[0] <= theirs[0]) here++;
    else there++;
  }
}
