import type { Schema } from '../../api/schema.ts';

/** A message's Go type without its package, as `json:` errors name it: `DeploymentSpec`. */
export function goStructName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** The Go type that a schema stands for, as `json:` errors name it: `[]v1.Container`. */
export function goTypeName(schema: Schema): string {
  switch (schema.type) {
    case 'message': {
      const parts = schema.name.split('.');
      return parts.slice(-2).join('.');
    }
    case 'list':
      return `[]${goTypeName(schema.items)}`;
    case 'map':
      return `map[string]${goTypeName(schema.values)}`;
    case 'boolean':
      return 'bool';
    case 'double':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'time':
    case 'microTime':
      return 'string';
    case 'intOrString':
      return 'int32';
    default:
      return schema.type;
  }
}

/** The JSON type of a value, as `json:` errors name it. */
export function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}
