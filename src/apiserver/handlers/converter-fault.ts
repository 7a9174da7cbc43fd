const decoding = /^json: cannot unmarshal (\S+)(?: (\S+))? into Go struct field \S+ of type (.+)$/;
const kinds: Readonly<Record<string, string>> = { object: 'map', array: 'slice', number: 'int64' };

/**
 * The words for a field of the wrong type after a strategic merge: there upstream converts a map to the object, where
 * otherwise it decodes JSON. Takes the decoder's words; others are handed back as they are.
 */
export function converterFault(words: string): string {
  const [, got = '', number, type = ''] = decoding.exec(words) ?? [];
  if (type === '') return words;
  const kind = number !== undefined && !Number.isInteger(Number(number)) ? 'float64' : (kinds[got] ?? got);
  if (type.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (type.includes('.')) return `cannot restore struct from: ${kind}`;
  const convertible = (kind === 'float64' && type.startsWith('int')) || (kind === 'int64' && type === 'string');
  return convertible ? `cannot convert ${kind} to ${type}` : `unrecognized type: ${type}`;
}
