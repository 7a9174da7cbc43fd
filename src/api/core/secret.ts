import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField, tooLongField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { configMapKeyComplaints } from '../validation/names.ts';
import { validateKept } from './kept-data.ts';
import { Secret } from './secret.schema.ts';

const maxBytes = 1024 * 1024;

/** The keys that a Secret of a well-known type must have. */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    'kubernetes.io/dockercfg': ['.dockercfg'],
    'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
    'kubernetes.io/ssh-auth': ['ssh-privatekey'],
    'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  }),
);
const accountAnnotation = 'kubernetes.io/service-account.name';

/** `stringData` is for writing only: its values end up, encoded, in `data`. */
function withStringData({ stringData, ...secret }: Secret): Secret {
  if (stringData === undefined) return secret;
  const encoded = Object.entries(stringData).map(
    ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
  );
  return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } };
}

/** The keys under which a Secret of some types keeps an object in JSON. */
const jsonKeys: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/dockercfg', '.dockercfg'],
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
]);

/** Why a text is no JSON object, without showing any more of it than where it begins. */
function jsonComplaint(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch {
    const [first] = text.trimStart();
    if (first === undefined) return 'unexpected end of JSON input';
    const begins = /[[{"\d\-tfn]/.test(first);
    return begins ? 'invalid JSON' : `invalid character '${first}' looking for beginning of value`;
  }
}

function validateJson(type: string, data: Readonly<Record<string, string>>): FieldError[] {
  const key = jsonKeys.get(type);
  const value = key === undefined ? undefined : data[key];
  if (value === undefined) return [];
  const complaint = jsonComplaint(Buffer.from(value, 'base64').toString());
  return complaint === undefined ? [] : [invalidField(`data[${key}]`, '<secret contents redacted>', complaint)];
}

function validateSecret({ metadata, data = {}, type = '' }: Secret): FieldError[] {
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  const account = metadata.annotations?.[accountAnnotation] ?? '';
  return [
    ...Object.keys(data).flatMap((key) =>
      configMapKeyComplaints(key).map((text) => invalidField(`data[${key}]`, key, text)),
    ),
    ...(size > maxBytes ? [tooLongField('data', maxBytes)] : []),
    ...(requiredKeys.get(type) ?? [])
      .filter((key) => data[key] === undefined)
      .map((key) => requiredField(`data[${key}]`)),
    ...validateJson(type, data),
    ...(type === 'kubernetes.io/service-account-token' && account === ''
      ? [requiredField(`metadata.annotations[${accountAnnotation}]`)]
      : []),
    ...(type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined
      ? [requiredField('data[username]'), requiredField('data[password]')]
      : []),
  ];
}

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: Secret,
  defaults: (secret) => ({ ...withStringData(secret), type: secret.type || 'Opaque' }),
  validate: validateSecret,
  validateUpdate: (secret, old) => [
    ...validateImmutable(secret.type, old.type, 'type'),
    ...validateKept(secret, old, ['data']),
  ],
  selectableFields: { type: ({ type }) => type ?? '' },
  columns: [
    nameColumn(),
    textColumn('Type', ({ type }) => type ?? ''),
    countColumn('Data', ({ data = {} }) => Object.keys(data).length),
    ageColumn(),
  ],
});
