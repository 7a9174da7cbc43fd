import { flowSchemaKind } from '../../api/flowcontrol/flow-schema.ts';
import type { FlowSchema } from '../../api/flowcontrol/flow-schema.schema.ts';
import { priorityLevelConfigurationKind } from '../../api/flowcontrol/priority-level-configuration.ts';
import type { StoredObject, Watch } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { Core } from '../registry/core.ts';
import { timestamp } from '../registry/core.ts';
import { prefixOf } from '../registry/keys.ts';

/** The schema with the word on whether its priority level is there; the same object where it says so already. */
export function withDangling(schema: FlowSchema, levels: ReadonlySet<string>, now: string): FlowSchema {
  const { name } = schema.spec.priorityLevelConfiguration;
  const isFound = levels.has(name);
  const status = isFound ? 'False' : 'True';
  const { conditions = [] } = schema.status;
  if (conditions.some((condition) => condition.type === 'Dangling' && condition.status === status)) return schema;
  const quoted = JSON.stringify(name);
  const message = isFound
    ? `This FlowSchema references the PriorityLevelConfiguration object named ${quoted} and it exists`
    : `This FlowSchema references the PriorityLevelConfiguration object named ${quoted} but there is no such object`;
  const reason = isFound ? 'Found' : 'NotFound';
  const dangling = { type: 'Dangling', status, lastTransitionTime: now, reason, message };
  return { ...schema, status: { conditions: [...conditions.filter(({ type }) => type !== 'Dangling'), dangling] } };
}

/** Says of every FlowSchema whether the priority level that it names exists. */
export class FlowSchemaStatus {
  readonly #core: Core;
  readonly #schemas = new Map<string, StoredObject>();
  readonly #levels = new Set<string>();
  #watches: Watch[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  async start(): Promise<void> {
    const { store } = this.#core;
    const levels = prefixOf(priorityLevelConfigurationKind);
    const schemas = prefixOf(flowSchemaKind);
    const listedLevels = await store.list(levels);
    for (const { object } of listedLevels.items) this.#levels.add(object.metadata.name);
    const listed = await store.list(schemas);
    for (const item of listed.items) this.#take(item);
    this.#watches = [
      store.watch(levels, listedLevels.revision, ({ type, current }) => {
        if (type === 'put') this.#levels.add(current.object.metadata.name);
        else this.#levels.delete(current.object.metadata.name);
        for (const item of this.#schemas.values()) this.#report(item);
      }),
      store.watch(schemas, listed.revision, ({ type, key, current }) => {
        if (type === 'put') this.#take(current);
        else this.#schemas.delete(key);
      }),
    ];
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop();
  }

  #take(item: StoredObject): void {
    this.#schemas.set(item.key, item);
    this.#report(item);
  }

  #report({ key, object, revision }: StoredObject): void {
    const schema = object as unknown as FlowSchema;
    const judged = withDangling(schema, this.#levels, timestamp(Date.now()));
    if (judged === schema) return;
    this.#core.store.update(key, judged, revision).catch((err: unknown) => {
      // Somebody has changed it since: that change is judged in its turn.
      if (err instanceof StoreError && (err.code === 'conflict' || err.code === 'closed')) return;
      this.#core.logger.error({ err, key }, 'Status of a FlowSchema could not be written');
    });
  }
}
