import type { ListSchema, MessageSchema, Schema } from '../../api/schema.ts';
import type { JsonObject } from '../json.ts';
import { getField, isJsonObject } from '../json.ts';
import { compiledMessage } from '../schema/compiled.ts';

/** Maps, and messages in one place, that are owned otherwise than their type says: `message.field`. */
const atomicMaps: ReadonlySet<string> = new Set([
  'io.k8s.api.core.v1.PodSpec.nodeSelector',
  'io.k8s.api.core.v1.ReplicationControllerSpec.selector',
  'io.k8s.api.core.v1.ServiceSpec.selector',
  'io.k8s.api.node.v1.Scheduling.nodeSelector',
]);
const granular: ReadonlySet<string> = new Set(['io.k8s.api.core.v1.PersistentVolumeSpec.claimRef']);

/** What upstream's schemas say an absent key of a list's item is. */
const usualKeyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** How a value is owned: as a whole, or field by field, key by key, item by item. */
export type Structure =
  | { readonly type: 'leaf' }
  /** An object is owned key by key, anything else as a whole. */
  | { readonly type: 'free' }
  | { readonly type: 'message'; readonly schema: MessageSchema }
  | { readonly type: 'map'; readonly values: Structure }
  | { readonly type: 'list'; readonly schema: ListSchema; readonly items: Structure };

const leaf: Structure = { type: 'leaf' };
const free: Structure = { type: 'free' };
const known = new WeakMap<Schema, Structure>();
const fields = new WeakMap<MessageSchema, Map<string, Structure>>();

/** How values of a schema are owned. */
export function structureOf(schema: Schema): Structure {
  const cached = known.get(schema);
  if (cached !== undefined) return cached;
  const structure = describe(schema, false);
  known.set(schema, structure);
  return structure;
}

function describe(schema: Schema, divided: boolean): Structure {
  switch (schema.type) {
    case 'message':
      return schema.atomic === true && !divided ? leaf : { type: 'message', schema };
    case 'map':
      return { type: 'map', values: structureOf(schema.values) };
    case 'list':
      return schema.listType === 'atomic' ? leaf : { type: 'list', schema, items: structureOf(schema.items) };
    case 'any':
      return schema.granular === true ? free : leaf;
    default:
      return leaf;
  }
}

/** How a message's field is owned; one that the schema does not know is a leaf, unless such fields are kept. */
export function fieldStructure(schema: MessageSchema, name: string): Structure {
  let ofMessage = fields.get(schema);
  if (ofMessage === undefined) fields.set(schema, (ofMessage = new Map()));
  const cached = ofMessage.get(name);
  if (cached !== undefined) return cached;
  const field = compiledMessage(schema).fields.get(name);
  const address = `${schema.name}.${name}`;
  if (field === undefined && schema.open === true) return free;
  const structure =
    field === undefined || atomicMaps.has(address)
      ? leaf
      : granular.has(address)
        ? describe(field.schema, true)
        : structureOf(field.schema);
  // Names that the schema does not know come from clients: there is no end to them.
  if (field !== undefined) ofMessage.set(name, structure);
  return structure;
}

/** How the value under an object's key is owned. */
export function childStructure(structure: Structure, name: string): Structure {
  if (structure.type === 'map') return structure.values;
  if (structure.type === 'free') return structure;
  return structure.type === 'message' ? fieldStructure(structure.schema, name) : leaf;
}

/** True for a field that the schema declares, as against the key of a map. */
export function isNamedField(structure: Structure, name: string): boolean {
  return structure.type === 'message' && compiledMessage(structure.schema).fields.has(name);
}

/** The path element of a field or of a map's key. */
export const fieldElement = (name: string): string => `f:${name}`;

/** The path element of a list's item: its keys, or the item itself in a set; undefined where it has no keys. */
export function itemElement(schema: ListSchema, item: unknown): string | undefined {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  if (!isJsonObject(item)) return undefined;
  const keys: [string, unknown][] = [];
  for (const key of (schema.mapKeys ?? []).toSorted()) {
    const value = keyValue(schema, item, key);
    if (value !== undefined) keys.push([key, value]);
  }
  return keys.length === 0 ? undefined : `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

function keyValue({ keyDefaults = usualKeyDefaults }: ListSchema, item: JsonObject, key: string): unknown {
  return getField(item, key) ?? keyDefaults[key];
}

/** A path for people, as upstream prints it: `.spec.containers[name="a"].image`. */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('v:')) return `[=${text}]`;
  if (!element.startsWith('k:')) return `[${text}]`;
  const keys = Object.entries(JSON.parse(text) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
