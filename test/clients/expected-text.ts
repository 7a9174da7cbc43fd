/** What a placeholder of an expected text stands for. */
const placeholders: Readonly<Record<string, string>> = {
  age: String.raw`(?:<invalid>|\d+[smhdy](?:\d+[smhd])?)`,
  number: String.raw`\d+`,
  address: String.raw`\d+\.\d+\.\d+\.\d+`,
  id: '[a-z0-9-]+',
  uid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  time: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`,
  date: String.raw`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}`,
  any: String.raw`[^\n]*?`,
  lines: '[^]*?',
};

/** Output as it is compared: gaps between columns are two spaces wide, and no line ends in spaces. */
export function normalise(text: string): string {
  return text
    .replaceAll('\t', '  ')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/^\n+|\n+$/g, '');
}

const source = (text: string): string =>
  normalise(text)
    .split(/(\{[a-z]+\})/)
    .map((part) => placeholders[part.slice(1, -1)] ?? part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
    .join('');

/**
 * Turns an expected text into a pattern for the whole of a normalised output. In it `{age}`, `{number}`, `{address}`,
 * `{id}`, `{uid}`, `{time}`, `{date}`, `{any}` (of one line) and `{lines}` stand for what differs from run to run.
 */
export function expectedText(text: string): RegExp {
  return new RegExp(`^${source(text)}$`);
}

/** Where an output stops being what is expected: the first line of each that differs, and the lines around. */
export function firstDifference(output: string, text: string): string {
  const expected = normalise(text).split('\n');
  let fits = 0;
  let at = 0;
  for (let count = 1; count <= expected.length; count++) {
    const prefix = new RegExp(`^${source(expected.slice(0, count).join('\n'))}(?=\n|$)`).exec(output);
    if (prefix === null) break;
    fits = count;
    at = prefix[0].length;
  }
  const rest = output.slice(at).replace(/^\n/, '').split('\n').slice(0, 4);
  const around = (lines: readonly string[], sign: string): string => lines.map((line) => `${sign} ${line}`).join('\n');
  const known = around(expected.slice(Math.max(0, fits - 2), fits), ' ');
  return [known, around(expected.slice(fits, fits + 2), '-'), around(rest, '+')].filter(Boolean).join('\n');
}
