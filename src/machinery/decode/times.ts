const layout = '2006-01-02T15:04:05Z07:00';
const usual = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const general = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** The parts of the layout in order, for naming the first one that the text lacks. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d{2}/, '01'],
  [/^-/, '-'],
  [/^\d{2}/, '02'],
  [/^T/, 'T'],
  [/^\d{2}/, '15'],
  [/^:/, ':'],
  [/^\d{2}/, '04'],
  [/^:/, ':'],
  [/^\d{2}(?:[.,]\d+)?/, '05'],
  [/^(?:Z|[+-]\d{2}:\d{2})/, 'Z07:00'],
];

function parseFailure(text: string, detail: string): RangeError {
  return new RangeError(`parsing time ${JSON.stringify(text)}${detail}`);
}

function explain(text: string): RangeError {
  let rest = text;
  for (const [pattern, part] of parts) {
    const match = pattern.exec(rest);
    if (match === null) return parseFailure(text, ` as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part}"`);
    rest = rest.slice(match[0].length);
  }
  return parseFailure(text, `: extra text: ${JSON.stringify(rest)}`);
}

function utcSeconds(text: string): { seconds: string; fraction: string } {
  const match = general.exec(text);
  if (match === null) throw explain(text);
  const [, local = '', fraction = '', zone = 'Z'] = match;
  const milliseconds = Date.parse(`${local}${zone}`);
  const day = Number(local.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(local.slice(0, 4)), Number(local.slice(5, 7)), 0)).getUTCDate();
  if (Number.isNaN(milliseconds) || day > lastDay || local.slice(11, 13) === '24') {
    throw parseFailure(text, ': value out of range');
  }
  return { seconds: new Date(milliseconds).toISOString().slice(0, 19), fraction };
}

/** RFC 3339 in UTC with seconds, from any RFC 3339 text; throws a RangeError worded as Go's. */
export function canonicalTime(text: string): string {
  // The usual form needs no more than a check that its numbers are a real date.
  if (usual.test(text)) {
    const milliseconds = Date.parse(text);
    if (!Number.isNaN(milliseconds) && text.charCodeAt(8) < 0x33) {
      if (Number(text.slice(8, 10)) <= 28 && text.slice(11, 13) !== '24') return text;
    }
  }
  return `${utcSeconds(text).seconds}Z`;
}

/** RFC 3339 in UTC with microseconds, from any RFC 3339 text; throws a RangeError worded as Go's. */
export function canonicalMicroTime(text: string): string {
  const { seconds, fraction } = utcSeconds(text);
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}
