interface Frame {
  /** The keys seen, of an object; undefined for a list. */
  readonly keys: Set<string> | undefined;
  /** Where the parser stands in it: the current key, or the index. */
  position: string | number;
}

const quote = 0x22;
const backslash = 0x5c;

/** The index behind the string that starts at `start`. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

/** True behind an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first--;
  return (at - first) % 2 === 1;
}

function isKey(text: string, end: number): boolean {
  let index = end;
  while (index < text.length && text.charCodeAt(index) <= 0x20) index++;
  return text.charCodeAt(index) === 0x3a;
}

function pathOf(stack: readonly Frame[]): string {
  let path = '';
  for (const frame of stack) {
    if (typeof frame.position === 'number') path += `[${frame.position}]`;
    else path += path === '' ? frame.position : `.${frame.position}`;
  }
  return path;
}

/** Paths of keys that stand more than once in their object; `text` must be valid JSON. */
export function findDuplicateFields(text: string): string[] {
  const found = new Set<string>();
  visitKeys(text, (stack, isRepeated) => {
    if (isRepeated) found.add(pathOf(stack));
  });
  return [...found];
}

/** Brings unknown and repeated fields, by path, into the order in which a reader of the text comes upon them. */
export function inOrderOfText(
  text: string,
  unknownFields: readonly string[],
  duplicateFields: readonly string[],
): { readonly field: string; readonly fault: 'unknown' | 'duplicate' }[] {
  const found: { field: string; fault: 'unknown' | 'duplicate' }[] = [];
  const [unknown, duplicate] = [new Set(unknownFields), new Set(duplicateFields)];
  visitKeys(text, (stack, isRepeated) => {
    const field = pathOf(stack);
    if (isRepeated && duplicate.delete(field)) found.push({ field, fault: 'duplicate' });
    else if (unknown.delete(field)) found.push({ field, fault: 'unknown' });
  });
  for (const field of duplicate) found.push({ field, fault: 'duplicate' });
  for (const field of unknown) found.push({ field, fault: 'unknown' });
  return found;
}

/** Calls `visit` for each key, with the frames that lead to it. */
function visitKeys(text: string, visit: (stack: readonly Frame[], isRepeated: boolean) => void): void {
  const stack: Frame[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const top = stack[stack.length - 1];
    if (code === quote) {
      const end = endOfString(text, index);
      if (top?.keys !== undefined && isKey(text, end)) {
        const raw = text.slice(index + 1, end - 1);
        const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
        top.position = key;
        visit(stack, top.keys.has(key));
        top.keys.add(key);
      }
      index = end - 1;
    } else if (code === 0x7b) {
      stack.push({ keys: new Set(), position: '' });
    } else if (code === 0x5b) {
      stack.push({ keys: undefined, position: 0 });
    } else if (code === 0x7d || code === 0x5d) {
      stack.pop();
    } else if (code === 0x2c && typeof top?.position === 'number') {
      top.position++;
    }
  }
}
