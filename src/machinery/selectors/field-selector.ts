import type { AnyKind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { StatusError } from '../../api/status-error.ts';

/** One term of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** A parsed field selector; `fieldMatcher` binds it to a kind. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
}

/** Matches every object. */
export const everyField: FieldSelector = { requirements: [] };

/** Splits at commas that no backslash protects. */
function terms(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === ',') {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function operatorAt(term: string): { index: number; operator: '=' | '!='; length: number } | undefined {
  for (let index = 0; index < term.length; index++) {
    if (term.startsWith('!=', index)) return { index, operator: '!=', length: 2 };
    if (term.startsWith('==', index)) return { index, operator: '=', length: 2 };
    if (term[index] === '=') return { index, operator: '=', length: 1 };
  }
  return undefined;
}

/** Takes the backslashes from an escaped value; only `\`, `,` and `=` are escaped, and must be. */
function unescape(value: string): string {
  let plain = '';
  for (let index = 0; index < value.length; index++) {
    const character = value[index] ?? '';
    if (character === '\\') {
      const next = value[index + 1] ?? '';
      if (!['\\', ',', '='].includes(next)) {
        throw new StatusError('BadRequest', `invalid field selector: invalid escape sequence: \\${next}`);
      }
      plain += next;
      index++;
    } else if (character === ',' || character === '=') {
      throw new StatusError(
        'BadRequest',
        `invalid field selector: unescaped character in ${JSON.stringify(value)}: ${character}`,
      );
    } else plain += character;
  }
  return plain;
}

/** Reads a `fieldSelector` parameter (`a=b,c!=d`); throws a BadRequest worded as upstream. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of terms(text)) {
    if (term === '') continue;
    const found = operatorAt(term);
    if (found === undefined) {
      throw new StatusError('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`);
    }
    const { index, operator, length } = found;
    requirements.push({ field: term.slice(0, index), operator, value: unescape(term.slice(index + length)) });
  }
  return requirements.length === 0 ? everyField : { requirements };
}

/** The one value that `field` must have, where the selector says so: lets a list become a look-up. */
export function requiredValue(selector: FieldSelector, field: string): string | undefined {
  return selector.requirements.find((item) => item.field === field && item.operator === '=')?.value;
}

type Getter = (object: KubeObject) => string;
const metadataFields: Readonly<Record<string, Getter>> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

function getterOf(kind: Pick<AnyKind, 'selectableFields'>, field: string): Getter {
  if (Object.hasOwn(metadataFields, field)) return metadataFields[field] as Getter;
  const own = kind.selectableFields as Readonly<Record<string, Getter>> | undefined;
  if (own !== undefined && Object.hasOwn(own, field)) return own[field] as Getter;
  throw new StatusError(
    'BadRequest',
    own === undefined
      ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${field}`,
  );
}

/** Binds a field selector to a kind; throws a BadRequest for a field that the kind can't be selected by. */
export function fieldMatcher(
  selector: FieldSelector,
  kind: Pick<AnyKind, 'selectableFields'>,
): (object: KubeObject) => boolean {
  const tests = selector.requirements.map(({ field, operator, value }) => {
    const get = getterOf(kind, field);
    return (object: KubeObject): boolean => (get(object) === value) === (operator === '=');
  });
  return (object) => tests.every((test) => test(object));
}
