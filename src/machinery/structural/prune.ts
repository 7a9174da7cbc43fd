import { ObjectMeta } from '../../api/meta/meta.schema.ts';
import { conformToSchema } from '../decode/conform.ts';
import type { JsonObject, MutableJson } from '../json.ts';
import { isJsonObject, jsonEqual, setField } from '../json.ts';
import { childOf, isEmbedded, joinPath, preservesUnknown, valuesOf } from './walk.ts';
import type { Structural } from './walk.ts';

const objectFields = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Drops what a schema does not name, unless it says that unknown fields are kept.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
class Pruning {
  readonly unknownFields: string[] = [];

  /** The value without unknown fields; the very same value where it has none. */
  value(schema: Structural | undefined, value: unknown, path: string): unknown {
    if (Array.isArray(value)) return this.#list(schema, value, path);
    return isJsonObject(value) ? this.object(schema, value, path, false) : value;
  }

  #list(schema: Structural | undefined, list: readonly unknown[], path: string): unknown {
    let changed = false;
    // Below kept fields nothing is known of the items, and nothing dropped.
    if (schema !== undefined && schema.items === undefined && preservesUnknown(schema)) return list;
    const items = list.map((item, index) => {
      const pruned = this.value(schema?.items, item, joinPath(path, index));
      changed ||= pruned !== item;
      return pruned;
    });
    return changed ? items : list;
  }

  object(schema: Structural | undefined, object: JsonObject, path: string, isRoot: boolean): JsonObject {
    const result: MutableJson = {};
    let changed = false;
    for (const [key, value] of Object.entries(object)) {
      const at = joinPath(path, key);
      const kept = this.#field(schema, key, value, { at, isRoot });
      if (kept !== undefined) setField(result, key, kept);
      else this.unknownFields.push(at);
      changed ||= kept !== value;
    }
    return changed ? result : object;
  }

  #field(
    schema: Structural | undefined,
    key: string,
    value: unknown,
    { at, isRoot }: { at: string; isRoot: boolean },
  ): unknown {
    if (schema === undefined) return undefined;
    const isWhole = isRoot || isEmbedded(schema);
    if (isWhole && objectFields.has(key)) return key === 'metadata' && !isRoot ? this.#metadata(value, at) : value;
    const child = childOf(schema, key);
    if (child !== undefined) return this.value(child, value, at);
    if (preservesUnknown(schema)) return value;
    // `additionalProperties: true`: any key, but of an object under it nothing is known.
    if (schema.additionalProperties === true && valuesOf(schema) === undefined) return this.value(undefined, value, at);
    return undefined;
  }

  /** Metadata has one form wherever it stands; what has another is left for validation to refuse. */
  #metadata(value: unknown, path: string): unknown {
    if (!isJsonObject(value)) return value;
    let conformed;
    try {
      conformed = conformToSchema(ObjectMeta, value);
    } catch {
      return value;
    }
    this.unknownFields.push(...conformed.unknownFields.map((field) => joinPath(path, field)));
    return jsonEqual(conformed.object, value) ? value : conformed.object;
  }
}

/** An object, and what of it was dropped. */
export interface Pruned {
  /** The very object that was given, where nothing was dropped. */
  readonly object: JsonObject;
  /** E.g. `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
}

/** Drops the fields of a custom resource that its schema does not know; its own metadata is left alone. */
export function prune(schema: Structural, object: JsonObject): Pruned {
  const pruning = new Pruning();
  return { object: pruning.object(schema, object, '', true), unknownFields: pruning.unknownFields };
}

/** Drops what a schema does not know from a value inside an object. */
export function pruneValue(schema: Structural, value: unknown): unknown {
  return new Pruning().value(schema, value, '');
}
