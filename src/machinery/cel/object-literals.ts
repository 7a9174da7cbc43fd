const token =
  /(?:[rRbB]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))|\/\/[^\n]*|[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*|[^]/gy;
const typed = /^(?:Object(?:\s*\.\s*\w+)*|JSONPatch)$/;
const word = /^[A-Za-z_]/;

/**
 * An expression in which objects of declared types (`Object{…}`, `Object.spec{…}`, `JSONPatch{…}`) are maps, which the
 * interpreter knows how to make: their type's name goes, and their fields' names become strings.
 */
export function withPlainObjects(text: string): string {
  let result = '';
  /** Whether a bracket that is open belongs to an object of a declared type. */
  const open: boolean[] = [];
  let expectsField = false;
  const tokens = [...text.matchAll(token)];
  for (const [index, { 0: part }] of tokens.entries()) {
    const next = tokens.slice(index + 1).find(({ 0: other }) => other.trim() !== '')?.[0];
    if (typed.test(part) && next === '{' && !(open.at(-1) === true && expectsField)) {
      expectsField = true;
      continue;
    }
    if ('{[('.includes(part)) {
      const before = tokens.slice(0, index).findLast(({ 0: other }) => other.trim() !== '')?.[0] ?? '';
      const isTyped = part === '{' && typed.test(before);
      open.push(isTyped);
      expectsField = isTyped;
    } else if ('}])'.includes(part)) {
      open.pop();
      expectsField = false;
    } else if (part === ',') {
      expectsField = open.at(-1) === true;
    } else if (word.test(part) && expectsField) {
      result += JSON.stringify(part);
      expectsField = false;
      continue;
    }
    result += part;
  }
  return result;
}
