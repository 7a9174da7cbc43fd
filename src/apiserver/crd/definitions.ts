import { customResourceDefinitionKind, cleanupFinalizer } from '../../api/apiextensions/custom-resource-definition.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
} from '../../api/apiextensions/custom-resource-definition.schema.ts';
import type { AnyKind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { StoreEvent, StoredObject, Watch } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { Core } from '../registry/core.ts';
import { timestamp } from '../registry/core.ts';
import { prefixOf } from '../registry/keys.ts';
import type { CustomKinds } from './custom-kind.ts';
import { customKinds } from './custom-kind.ts';
import { InstanceCleanup } from './cleanup.ts';
import type { Naming, TakenNames } from './names.ts';
import { approvalOf, decideNames, withCondition } from './names.ts';

/** A definition as it is in force. */
interface Entry {
  definition: CustomResourceDefinition;
  revision: number;
  key: string;
  /** The names that it holds, whether the store knows already or not. */
  names: CustomResourceDefinitionNames | undefined;
  /** What the kinds were made from: while it is the same, so are they. */
  made: unknown;
  kinds: CustomKinds | undefined;
  cleanup: InstanceCleanup | undefined;
}

/**
 * Serves the kinds that CustomResourceDefinitions describe. What is in force follows from the definitions in the
 * store alone: a new or changed one takes effect before whoever wrote it has the answer.
 */
export class CustomResourceDefinitions {
  readonly #core: Core;
  /** By the definition's name. */
  readonly #entries = new Map<string, Entry>();
  /** Kinds that are built in: no definition can take their names. */
  readonly #builtIn: readonly AnyKind[];
  #watch: Watch | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#builtIn = core.kinds.all();
  }

  /** Takes up the definitions that are there, the oldest first, and follows them from now on. */
  async start(): Promise<void> {
    const { store } = this.#core;
    const prefix = prefixOf(customResourceDefinitionKind);
    const { items, revision } = await store.list(prefix);
    // Who has names already keeps them, whatever order the others come in.
    const named = (item: StoredObject): number => (definitionOf(item).status.acceptedNames === undefined ? 1 : 0);
    for (const item of items.toSorted((a, b) => named(a) - named(b) || a.revision - b.revision)) this.#put(item);
    this.#watch = store.watch(prefix, revision, (event) => this.#follow(event));
  }

  /** Follows no more; what is served stays as it is. */
  stop(): void {
    this.#watch?.stop();
    for (const { cleanup } of this.#entries.values()) cleanup?.stop();
  }

  /** A watch's listener must not throw: what cannot be served is logged and left out. */
  #follow(event: StoreEvent): void {
    try {
      if (event.type === 'put') this.#put(event.current);
      else this.#delete(definitionOf(event.current));
    } catch (err) {
      this.#core.logger.error({ err, key: event.key }, 'Custom resource definition could not be taken up');
    }
  }

  #put(item: StoredObject): void {
    const definition = definitionOf(item);
    const { name } = definition.metadata;
    const known = this.#entries.get(name);
    const entry = known ?? {
      definition,
      revision: item.revision,
      key: item.key,
      names: definition.status.acceptedNames,
      made: undefined,
      kinds: undefined,
      cleanup: undefined,
    };
    Object.assign(entry, { definition, revision: item.revision });
    this.#entries.set(name, entry);
    this.#settle(entry);
  }

  #delete({ metadata, spec }: CustomResourceDefinition): void {
    const entry = this.#entries.get(metadata.name);
    if (entry === undefined) return;
    this.#entries.delete(metadata.name);
    entry.cleanup?.stop();
    this.#serve(entry, undefined);
    // Others may have waited for its names.
    for (const other of this.#entries.values()) {
      if (other.definition.spec.group === spec.group) this.#settle(other);
    }
  }

  /** Decides on an entry's names, serves its kinds, and sees to its end. */
  #settle(entry: Entry): void {
    const { definition } = entry;
    const held = entry.names ?? definition.status.acceptedNames;
    const current =
      held === undefined ? definition : { ...definition, status: { ...definition.status, acceptedNames: held } };
    const naming = decideNames(current, this.#takenBesides(entry));
    entry.names = naming.names;
    this.#remake(entry, naming.established.status === 'True' ? naming.names : undefined);
    this.#report(entry, naming);
    const { deletionTimestamp, finalizers } = definition.metadata;
    if (deletionTimestamp !== undefined && finalizers?.includes(cleanupFinalizer) === true) this.#cleanUp(entry);
  }

  #takenBesides(entry: Entry): TakenNames {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    const { group } = entry.definition.spec;
    const add = (set: Set<string>, name: string | undefined): void => {
      if (name !== undefined && name !== '') set.add(name);
    };
    const others = [...this.#entries.values()]
      .filter((other) => other !== entry && other.definition.spec.group === group)
      .flatMap(({ names }) => names ?? []);
    for (const names of [...others, ...this.#builtIn.filter((kind) => kind.group === group)]) {
      const { plural, singular, shortNames = [], kind, listKind } = names;
      for (const name of [plural, singular, ...shortNames]) add(resources, name);
      for (const name of [kind, listKind]) add(kinds, name);
    }
    return { resources, kinds };
  }

  /** Makes the kinds anew where the definition has changed, and not for a mere report of its state. */
  #remake(entry: Entry, names: CustomResourceDefinitionNames | undefined): void {
    const { spec, metadata } = entry.definition;
    const isGoing = metadata.deletionTimestamp !== undefined;
    const made = names === undefined ? undefined : { spec, names, isGoing };
    if (jsonEqual(made, entry.made)) return;
    this.#serve(entry, names === undefined ? undefined : customKinds(entry.definition, names, this.#core.webhooks));
    entry.made = made;
  }

  #serve(entry: Entry, next: CustomKinds | undefined): void {
    const { kinds } = this.#core;
    const address = ({ version, kind }: { version: string; kind: string }): string => `${version}/${kind}`;
    const staying = new Set(next?.served.map(address));
    for (const kind of entry.kinds?.served ?? []) if (!staying.has(address(kind))) kinds.remove(kind);
    for (const kind of next?.served ?? []) kinds.add(kind);
    if (next?.unserved !== undefined) kinds.keep(next.unserved);
    entry.kinds = next;
  }

  /** Writes what was decided into the definition's status, where it does not say so yet. */
  #report(entry: Entry, { names, accepted, established }: Naming): void {
    const { definition, key, revision } = entry;
    const { conditions = [] } = definition.status;
    const now = timestamp(Date.now());
    const decided = [accepted, established, ...approvalOf(definition)];
    const judged = decided.reduce((all, condition) => withCondition(all, condition, now), conditions);
    const status = { ...definition.status, acceptedNames: names, conditions: judged };
    if (jsonEqual(status, definition.status)) return;
    const reported = { ...definition, status } as KubeObject;
    this.#core.store.update(key, reported, revision).catch((err: unknown) => {
      // Somebody has changed it since: that change is judged in its turn.
      if (err instanceof StoreError && (err.code === 'conflict' || err.code === 'closed')) return;
      this.#core.logger.error({ err, key }, 'Status of a custom resource definition could not be written');
    });
  }

  #cleanUp(entry: Entry): void {
    if (entry.cleanup !== undefined) return;
    entry.cleanup = new InstanceCleanup(this.#core, entry.definition);
    entry.cleanup.start();
  }
}

function definitionOf(item: StoredObject): CustomResourceDefinition {
  return item.object as unknown as CustomResourceDefinition;
}
