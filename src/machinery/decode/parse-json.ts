import { isUtf8 } from 'node:buffer';
import { StatusError } from '../../api/status-error.ts';
import { endOfString, findDuplicateFields } from './duplicate-fields.ts';

/** Deeper values are refused: what comes after the parser walks them by recursion. */
export const maxJsonDepth = 512;

/** A parsed body; the search for repeated keys runs when `duplicateFields` is first read. */
export interface ParsedJson {
  readonly value: unknown;
  readonly text: string;
  /** Paths of keys that stand twice in one object, such as `spec.replicas`; the last one counts. */
  readonly duplicateFields: readonly string[];
}

function badJson(detail: string, cause?: unknown): StatusError {
  return new StatusError('BadRequest', `couldn't get version/kind; json parse error: ${detail}`, undefined, { cause });
}

/** Throws when brackets nest too deeply; those inside strings do not count. */
function checkDepth(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: // a string: on to its end
        index = endOfString(text, index) - 1;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > maxJsonDepth) throw badJson('exceeded max depth');
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
}

/** V8's wording of a syntax error, without the excerpt of the body that it appends. */
function syntaxDetail(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('Unexpected end')) return 'unexpected end of JSON input';
  return message.replace(/, ".*?$/s, '').replace(/, \.\.\..*$/s, '');
}

/** Reads a JSON body; throws a BadRequest for anything that is not one JSON value in UTF-8. */
export function parseJson(body: Buffer | string): ParsedJson {
  if (typeof body !== 'string' && !isUtf8(body)) throw badJson('invalid UTF-8');
  const text = typeof body === 'string' ? body : body.toString('utf8');
  if (text.length > maxJsonDepth) checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badJson(syntaxDetail(error), error);
  }
  let duplicates: readonly string[] | undefined;
  return {
    value,
    text,
    get duplicateFields() {
      duplicates ??= findDuplicateFields(text);
      return duplicates;
    },
  };
}
