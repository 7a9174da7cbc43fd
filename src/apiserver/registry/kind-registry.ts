import type { AnyKind, GroupVersionKind } from '../../api/kind.ts';

/** `apps/v1` and `v1`, as objects carry them. */
export function groupVersion(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

const addressOf = (address: GroupVersionKind): string => `${groupVersion(address)}/${address.kind}`;

/** The kinds that are served now. They can change while the server runs; `generation` tells caches so. */
export class KindRegistry {
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKind = new Map<string, AnyKind>();
  readonly #unserved = new Map<string, AnyKind>();
  readonly #watchers = new WeakMap<AnyKind, Set<() => void>>();
  readonly #listeners = new Set<() => void>();
  #generation = 0;

  constructor(kinds: Iterable<AnyKind>) {
    for (const kind of kinds) this.add(kind);
  }

  /** Grows with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** Serves a kind; one of the same address is replaced. */
  add(kind: AnyKind): void {
    const replaced = this.resource(kind.group, kind.version, kind.plural);
    this.#byResource.set(`${groupVersion(kind)}/${kind.plural}`, kind);
    this.#byKind.set(addressOf(kind), kind);
    this.#unserved.delete(addressOf(kind));
    this.#changed();
    if (replaced !== kind) this.#gone(replaced);
  }

  /** Serves a kind no longer. */
  remove(kind: AnyKind): void {
    this.#byResource.delete(`${groupVersion(kind)}/${kind.plural}`);
    this.#byKind.delete(addressOf(kind));
    this.#unserved.delete(addressOf(kind));
    this.#changed();
    this.#gone(kind);
  }

  /** The kind served at a path. */
  resource(group: string, version: string, plural: string): AnyKind | undefined {
    return this.#byResource.get(`${groupVersion({ group, version })}/${plural}`);
  }

  /** The kind that a body's `apiVersion` and `kind` name. */
  kind(address: GroupVersionKind): AnyKind | undefined {
    return this.#byKind.get(addressOf(address));
  }

  /** Any served version of a resource. */
  anyVersion(group: string, plural: string): AnyKind | undefined {
    return this.all().find((kind) => kind.group === group && kind.plural === plural);
  }

  all(): readonly AnyKind[] {
    return [...this.#byResource.values()];
  }

  /** The kind in whose form a kind's objects are kept: itself, unless it shares another one's storage. */
  stored(kind: AnyKind): AnyKind {
    if (kind.storedAs === undefined) return kind;
    return this.kind(kind.storedAs) ?? this.#unserved.get(addressOf(kind.storedAs)) ?? kind;
  }

  /** Knows a kind that is not served, for those whose objects are kept in its form. */
  keep(kind: AnyKind): void {
    this.#unserved.set(addressOf(kind), kind);
  }

  /** Calls `listener` after every change of what is served. */
  onChange(listener: () => void): { stop(): void } {
    this.#listeners.add(listener);
    return { stop: () => this.#listeners.delete(listener) };
  }

  /** Calls `listener` once, when a kind is served no longer, or another of the same address is served in its place. */
  onGone(kind: AnyKind, listener: () => void): { stop(): void } {
    let listeners = this.#watchers.get(kind);
    if (listeners === undefined) this.#watchers.set(kind, (listeners = new Set()));
    listeners.add(listener);
    return { stop: () => listeners.delete(listener) };
  }

  #changed(): void {
    this.#generation++;
    for (const listener of this.#listeners) listener();
  }

  #gone(kind: AnyKind | undefined): void {
    if (kind === undefined) return;
    const listeners = this.#watchers.get(kind);
    this.#watchers.delete(kind);
    for (const listener of listeners ?? []) listener();
  }
}
