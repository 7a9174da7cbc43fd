import { ObjectMeta } from '../../api/meta/meta.schema.ts';
import type { Field, ListSchema, MessageSchema, Schema } from '../../api/schema.ts';
import {
  any,
  boolean,
  double,
  int64,
  intOrString,
  mapOf,
  message,
  optional,
  present,
  string,
} from '../../api/schema.ts';
import { isEmbedded, isIntOrString, preservesUnknown, valuesOf } from './walk.ts';
import type { Structural } from './walk.ts';

/** Any value, whose objects are owned key by key. */
const free: Schema = { type: 'any', granular: true };

const wholeObject: Readonly<Record<string, Field>> = {
  apiVersion: optional(0, string),
  kind: optional(0, string),
  metadata: present(1, ObjectMeta),
};

const scalars: Readonly<Record<string, Schema>> = { string, boolean, integer: int64, number: double };

/** How a value is owned and merged, in the language of the built-in kinds. */
function schemaOf(structural: Structural): Schema {
  if (structural.type === 'array') return listOf(structural);
  if (isIntOrString(structural)) return intOrString;
  if (structural.type === 'object') return objectOf(structural, {});
  const scalar = structural.type === undefined ? undefined : scalars[structural.type];
  return scalar ?? (preservesUnknown(structural) ? free : any);
}

function listOf(structural: Structural): ListSchema {
  const items = structural.items === undefined ? any : schemaOf(structural.items);
  const listType = structural['x-kubernetes-list-type'];
  if (listType === 'set') return { type: 'list', items, listType };
  if (listType !== 'map') return { type: 'list', items, listType: 'atomic' };
  const mapKeys = structural['x-kubernetes-list-map-keys'] ?? [];
  const defaults = mapKeys.map((key) => [key, structural.items?.properties?.[key]?.default] as const);
  return {
    type: 'list',
    items,
    listType,
    mapKeys,
    keyDefaults: Object.fromEntries(defaults.filter(([, value]) => value !== undefined)),
  };
}

function objectOf(structural: Structural, more: Readonly<Record<string, Field>>): Schema {
  const values = valuesOf(structural);
  const atomic = structural['x-kubernetes-map-type'] === 'atomic' ? { atomic: true as const } : {};
  if (values !== undefined) return atomic.atomic === true ? any : mapOf(schemaOf(values));
  const fields: Record<string, Field> = {};
  for (const [name, property] of Object.entries(structural.properties ?? {})) {
    fields[name] = optional(0, schemaOf(property));
  }
  const known = { ...fields, ...(isEmbedded(structural) ? wholeObject : {}), ...more };
  const open = preservesUnknown(structural) || structural.additionalProperties === true ? { open: true as const } : {};
  return { type: 'message', name: '', fields: known, ...atomic, ...open };
}

/** The schema of a custom kind: read and described by its own schema, owned and merged as that one says. */
export function messageOf(name: string, structural: Structural): MessageSchema {
  const root = objectOf(structural, wholeObject);
  const fields = root.type === 'message' ? root.fields : wholeObject;
  const open = root.type === 'message' && root.open === true ? { open: true as const } : {};
  return { ...message(name, fields), ...open, structural };
}
