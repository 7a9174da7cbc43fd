import type { MessageSchema, Schema } from '../../../api/schema.ts';
import { compiledMessage } from '../../schema/compiled.ts';
import type { JsonObject, MutableJson } from '../../json.ts';
import { isJsonObject, jsonEqual } from '../../json.ts';

interface Wanted {
  /** Leave out what only `before` has. */
  readonly additions: boolean;
  readonly deletions: boolean;
}
const everything: Wanted = { additions: true, deletions: true };

interface FieldRules {
  readonly schema: Schema | undefined;
  readonly strategy: string;
}

function rulesOf(schema: Schema | undefined, name: string): FieldRules {
  if (schema?.type !== 'message') return { schema: schema?.type === 'map' ? schema.values : undefined, strategy: '' };
  const field = compiledMessage(schema).fields.get(name);
  const ofList = field?.schema.type === 'list' ? field.schema.patchStrategy : undefined;
  return { schema: field?.schema, strategy: field?.patchStrategy ?? ofList ?? '' };
}

/** The strategic merge patch from one object to another, by the rules of kubectl. */
class Diff {
  readonly #wanted: Wanted;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  objects(schema: Schema | undefined, before: JsonObject, after: JsonObject, retainKeys = false): MutableJson {
    const patch: MutableJson = {};
    for (const [name, value] of Object.entries(after))
      this.#field(rulesOf(schema, name), name, before[name], value, patch);
    if (this.#wanted.deletions) {
      for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
    }
    const loses = Object.keys(before).some((name) => !(name in after));
    if (retainKeys && (Object.keys(patch).length > 0 || loses)) patch['$retainKeys'] = Object.keys(after).toSorted();
    return patch;
  }

  #field({ schema, strategy }: FieldRules, name: string, before: unknown, after: unknown, patch: MutableJson): void {
    const { additions } = this.#wanted;
    if (isJsonObject(before) && isJsonObject(after) && !strategy.includes('replace')) {
      const child = this.objects(schema, before, after, strategy.includes('retainKeys'));
      if (Object.keys(child).length > 0) patch[name] = child;
    } else if (Array.isArray(before) && Array.isArray(after) && strategy.startsWith('merge')) {
      this.#lists(schema, name, before, after, patch);
    } else if (additions && !jsonEqual(before, after)) {
      patch[name] = after;
    }
  }

  #lists(schema: Schema | undefined, name: string, before: unknown[], after: unknown[], patch: MutableJson): void {
    const { additions, deletions } = this.#wanted;
    if (schema?.type !== 'list') return;
    if (before.length === 0) {
      if (additions && after.length > 0) patch[name] = after;
      return;
    }
    const { mergeKey, patchStrategy = '' } = schema;
    if (mergeKey === undefined) {
      const added = after.filter((item) => !before.includes(item));
      const gone = before.filter((item) => !after.includes(item));
      if (additions && added.length > 0) patch[name] = added;
      if (deletions && gone.length > 0) patch[`$deleteFromPrimitiveList/${name}`] = gone;
      if ((deletions && gone.length > 0) || (additions && !jsonEqual(before, after))) {
        patch[`$setElementOrder/${name}`] = after;
      }
      return;
    }
    const keyOf = (item: unknown): unknown => (item as JsonObject)[mergeKey];
    const find = (list: readonly unknown[], key: unknown): JsonObject | undefined =>
      list.find((item) => keyOf(item) === key) as JsonObject | undefined;
    const changes: unknown[] = [];
    for (const item of after as JsonObject[]) {
      const known = find(before, keyOf(item));
      if (known === undefined) {
        if (additions) changes.push(item);
        continue;
      }
      const change = this.objects(schema.items, known, item, patchStrategy.includes('retainKeys'));
      if (Object.keys(change).length > 0) changes.push({ ...change, [mergeKey]: keyOf(item) });
    }
    if (deletions) {
      for (const item of before) {
        if (find(after, keyOf(item)) === undefined) changes.push({ [mergeKey]: keyOf(item), $patch: 'delete' });
      }
    }
    if (changes.length > 0) patch[name] = changes;
    const common = (list: unknown[], other: unknown[]): unknown[] =>
      list.map(keyOf).filter((key) => find(other, key) !== undefined);
    const isSameOrder = jsonEqual(common(before, after), common(after, before));
    if (changes.length > 0 || !isSameOrder) {
      patch[`$setElementOrder/${name}`] = after.map((item) => ({ [mergeKey]: keyOf(item) }));
    }
  }
}

/** One patch that does what two do: deletions, and then additions. */
function combine(schema: Schema | undefined, deletions: JsonObject, additions: JsonObject): JsonObject {
  const patch: MutableJson = { ...deletions };
  for (const [name, value] of Object.entries(additions)) {
    const known = patch[name];
    const { schema: below } = rulesOf(schema, name);
    const mergeKey = below?.type === 'list' ? below.mergeKey : undefined;
    if (isJsonObject(known) && isJsonObject(value)) patch[name] = combine(below, known, value);
    else if (Array.isArray(known) && Array.isArray(value) && mergeKey !== undefined && below?.type === 'list') {
      const find = (items: readonly JsonObject[], key: unknown): JsonObject | undefined =>
        items.find((item) => item[mergeKey] === key);
      const [gone, added] = [known as JsonObject[], value as JsonObject[]];
      // In the order of what is wanted: items that are new are taken as they come.
      const items = [
        ...gone.filter((item) => find(added, item[mergeKey]) === undefined),
        ...added.map((item) => combine(below.items, find(gone, item[mergeKey]) ?? {}, item)),
      ];
      patch[name] = items;
    } else patch[name] = value;
  }
  return patch;
}

/** What `kubectl edit` sends. */
export function twoWayPatch(schema: MessageSchema, before: JsonObject, after: JsonObject): JsonObject {
  return new Diff(everything).objects(schema, before, after);
}

/** What `kubectl apply` sends: what `wanted` has otherwise than `live`, and what `last` had and it has no more. */
export function threeWayPatch(
  schema: MessageSchema,
  last: JsonObject,
  wanted: JsonObject,
  live: JsonObject,
): JsonObject {
  const additions = new Diff({ additions: true, deletions: false }).objects(schema, live, wanted);
  const deletions = new Diff({ additions: false, deletions: true }).objects(schema, last, wanted);
  return combine(schema, deletions, additions);
}
