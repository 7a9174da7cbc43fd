import { ObjectMeta } from '../../api/meta/meta.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import { message, optional, present, string } from '../../api/schema.ts';
import { conformToSchema } from '../decode/conform.ts';
import type { JsonObject } from '../json.ts';
import { prune } from './prune.ts';
import type { Structural } from './walk.ts';

/** A body in the shape that its kind has. */
export interface Shaped {
  readonly object: JsonObject;
  /** Paths of the fields that were dropped. */
  readonly unknownFields: readonly string[];
}

/** What every object has, whatever its kind. */
const anyObject = message('CustomResource', {
  apiVersion: optional(0, string),
  kind: optional(0, string),
  metadata: present(1, ObjectMeta),
});

/** A custom resource without what its schema does not know; metadata is read as everywhere. */
function shapeCustom(structural: Structural, value: JsonObject): Shaped {
  const { apiVersion, kind, metadata } = value;
  const meta = conformToSchema(anyObject, { apiVersion, kind, metadata: metadata ?? {} });
  const { object, unknownFields } = prune(structural, { ...value, ...meta.object });
  return { object, unknownFields: [...meta.unknownFields, ...unknownFields] };
}

/** Brings a body into the shape of its kind, built in or custom. Throws a BadRequest where it cannot be read. */
export function shapeBody(schema: MessageSchema, value: JsonObject): Shaped {
  return schema.structural === undefined ? conformToSchema(schema, value) : shapeCustom(schema.structural, value);
}
