import { cleanupFinalizer, customResourceDefinitionKind } from '../../api/apiextensions/custom-resource-definition.ts';
import type { CustomResourceDefinition } from '../../api/apiextensions/custom-resource-definition.schema.ts';
import { isStatus } from '../../api/status-error.ts';
import type { StoreEvent, StoredObject, Watch } from '../../store/store.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Core, Write } from '../registry/core.ts';
import { timestamp } from '../registry/core.ts';
import { deleteObject } from '../registry/delete.ts';
import { prefixOf } from '../registry/keys.ts';
import { updateObject } from '../registry/update.ts';
import type { NoTime } from './names.ts';
import { withCondition } from './names.ts';

const system: UserInfo = { name: 'system:apiserver', uid: '', groups: ['system:masters'], extra: {} };

/** So many deletes share a commit. */
const atOnce = 64;
const retryMs = 1000;

const inProgress: NoTime = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const completed: NoTime = {
  type: 'Terminating',
  status: 'False',
  reason: 'InstanceDeletionCompleted',
  message: 'removed all instances',
};

/** Deletes all objects of a definition that is going, waits for those that are held, and lets the definition go. */
export class InstanceCleanup {
  readonly #core: Core;
  readonly #definition: CustomResourceDefinition;
  readonly #prefix: string;
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(core: Core, definition: CustomResourceDefinition) {
    const { group, names, scope } = definition.spec;
    this.#core = core;
    this.#definition = definition;
    this.#prefix = prefixOf({ group, plural: names.plural, namespaced: scope === 'Namespaced' });
  }

  start(): void {
    void this.#attempt(() => this.#run());
  }

  /** Resolves when all that can be deleted at once is gone; the rest follows as it is released. */
  async #run(): Promise<void> {
    const { store } = this.#core;
    const { items, revision } = await store.list(this.#prefix);
    if (this.#isOver) return;
    // An object that was on its way in when the definition was deleted goes as well.
    this.#watch?.stop();
    this.#watch = store.watch(this.#prefix, revision, (event) => this.#follow(event));
    for (let start = 0; start < items.length; start += atOnce) {
      await Promise.all(items.slice(start, start + atOnce).map((item) => this.#delete(item)));
    }
    if (store.count(this.#prefix) > 0) await this.#say(inProgress);
    await this.#finish();
  }

  stop(): void {
    this.#isOver = true;
    this.#watch?.stop();
    clearTimeout(this.#timer);
  }

  #follow(event: StoreEvent): void {
    if (event.type === 'put' && event.current.object.metadata.deletionTimestamp === undefined) {
      void this.#attempt(() => this.#delete(event.current));
    }
    if (event.type === 'delete' && this.#core.store.count(this.#prefix) === 0) {
      void this.#attempt(() => this.#finish());
    }
  }

  /** What fails is tried again: nobody else would. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (err) {
      if (this.#isOver) return;
      this.#core.logger.warn({ err, name: this.#definition.metadata.name }, 'Cleaning up custom resources failed');
      this.#timer = setTimeout(() => void this.#attempt(action), retryMs).unref();
    }
  }

  async #delete({ object }: StoredObject): Promise<void> {
    const { group, names, scope, versions } = this.#definition.spec;
    const { name, namespace = '' } = object.metadata;
    const served = versions
      .map(({ name: version }) => this.#core.kinds.resource(group, version, names.plural))
      .find((found) => found !== undefined);
    const version = versions.find(({ storage }) => storage)?.name ?? '';
    const kind =
      served ??
      this.#core.kinds.stored({ ...customResourceDefinitionKind, storedAs: { group, version, kind: names.kind } });
    const write = { ...this.#write(name), kind, namespace: scope === 'Namespaced' ? namespace : '' };
    try {
      await deleteObject(this.#core, write, {});
    } catch (error) {
      // Somebody else was faster: what was to go is gone.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  async #finish(): Promise<void> {
    if (this.#isOver || this.#core.store.count(this.#prefix) > 0) return;
    await this.#change((definition) => {
      const { finalizers = [], ...metadata } = definition.metadata;
      const left = finalizers.filter((finalizer) => finalizer !== cleanupFinalizer);
      const released = { ...definition, metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left } };
      return withTerminating(released, completed);
    });
    this.stop();
  }

  #say(condition: NoTime): Promise<void> {
    return this.#change((definition) => withTerminating(definition, condition));
  }

  async #change(change: (definition: ApiObject) => ApiObject): Promise<void> {
    const write = this.#write(this.#definition.metadata.name);
    // Neither a client's change of the definition nor one of its status alone: both change together.
    const whole = (object: ApiObject): ApiObject => object;
    try {
      await updateObject(this.#core, write, { change, shape: whole, managersTracked: true });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  #write(name: string): Write {
    return {
      kind: customResourceDefinitionKind,
      subresource: 'status',
      namespace: '',
      name,
      user: system,
      now: timestamp(Date.now()),
      dryRun: false,
      fieldManager: 'cox',
      warnings: [],
    };
  }
}

function withTerminating(object: ApiObject, condition: NoTime): ApiObject {
  const definition = object as unknown as CustomResourceDefinition;
  const { conditions = [] } = definition.status;
  const judged = withCondition(conditions, condition, timestamp(Date.now()));
  return { ...definition, status: { ...definition.status, conditions: judged } };
}
