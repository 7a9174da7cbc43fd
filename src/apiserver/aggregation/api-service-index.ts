import { apiServiceKind } from '../../api/apiregistration/api-service.ts';
import type { APIService } from '../../api/apiregistration/api-service.schema.ts';
import type { Store, Watch } from '../../store/store.ts';
import { follow } from '../auth/follow.ts';
import { prefixOf } from '../registry/keys.ts';
import type { RemoteApi } from './remote-api.ts';
import { remoteApiOf } from './remote-api.ts';

/** Where a version of a group stands among others; the higher number comes first. */
export interface ApiPriority {
  readonly group: number;
  readonly version: number;
}

/** The APIServices as they are now, by what requests ask for. */
export class ApiServiceIndex {
  readonly #objects = new Map<string, APIService>();
  readonly #remote = new Map<string, RemoteApi>();
  readonly #listeners = new Set<(name: string) => void>();
  #watch: Watch | undefined;
  #generation = 0;

  async start(store: Store): Promise<void> {
    const prefix = prefixOf(apiServiceKind);
    this.#watch = await follow(store, prefix, {
      put: (_key, object) => this.#put(object as APIService),
      remove: (key) => this.#remove(key.slice(prefix.length)),
    });
  }

  stop(): void {
    this.#watch?.stop();
    this.#listeners.clear();
  }

  /** Grows with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** Calls `listener` with the name of every APIService that is made, changed or deleted from now on. */
  onChange(listener: (name: string) => void): void {
    this.#listeners.add(listener);
  }

  object(name: string): APIService | undefined {
    return this.#objects.get(name);
  }

  names(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** Who answers for a version of a group, when it is another server. */
  remote(group: string, version: string): RemoteApi | undefined {
    return this.#remote.size === 0 ? undefined : this.#remote.get(`${version}.${group}`);
  }

  get hasRemote(): boolean {
    return this.#remote.size > 0;
  }

  allRemote(): readonly RemoteApi[] {
    return [...this.#remote.values()];
  }

  /** Of a version of a group; undefined where it has no APIService. */
  priority(group: string, version: string): ApiPriority | undefined {
    const spec = this.#objects.get(`${version}.${group}`)?.spec;
    return spec === undefined ? undefined : { group: spec.groupPriorityMinimum, version: spec.versionPriority };
  }

  #put(object: APIService): void {
    const { name } = object.metadata;
    this.#objects.set(name, object);
    const remote = remoteApiOf(object);
    if (remote === undefined) this.#remote.delete(name);
    else this.#remote.set(name, remote);
    this.#tell(name);
  }

  #remove(name: string): void {
    this.#objects.delete(name);
    this.#remote.delete(name);
    this.#tell(name);
  }

  #tell(name: string): void {
    this.#generation++;
    for (const listener of this.#listeners) listener(name);
  }
}
