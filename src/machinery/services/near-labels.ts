export type Labels = Readonly<Record<string, string>>;

/** A label that was probably meant by one of a selector's. */
export interface NearLabel {
  readonly wanted: string;
  readonly found: string;
}

/**
 * What a selector and labels differ in, where it is one pair that looks like a slip of the pen: another spelling of
 * the value or key, or the same value under another key. Undefined where they agree, or differ as two things do.
 */
export function nearLabel(selector: Labels, labels: Labels): NearLabel | undefined {
  const missing = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const [first, second] = missing;
  if (first === undefined || second !== undefined) return undefined;
  const [key, value] = first;
  const wanted = `${key}=${value}`;
  const own = labels[key];
  if (own !== undefined) return isSlip(value, own) ? { wanted, found: `${key}=${own}` } : undefined;
  const other = Object.entries(labels).find(
    ([name, text]) => text === value || (isSlip(key, name) && isSlip(value, text)),
  );
  return other === undefined ? undefined : { wanted, found: other.join('=') };
}

/** Numbers tell things apart on purpose: web-1 is no misspelt web-2. */
const withoutDigits = (text: string): string => text.replaceAll(/\d+/g, '#');

function isSlip(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true;
  const [left, right] = [withoutDigits(a), withoutDigits(b)];
  const longest = Math.max(left.length, right.length);
  // Two changes are as much as three letters differ by chance.
  return left !== right && longest >= 4 && distance(left, right) <= Math.min(2, Math.floor(longest / 4));
}

/** In how many letters two words differ: added, left out, changed, or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const candidates = [(row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1)];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) candidates.push((before[j - 2] ?? 0) + 1);
      next.push(Math.min(...candidates));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
