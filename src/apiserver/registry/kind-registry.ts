import type { AnyKind, GroupVersionKind } from '../../api/kind.ts';

/** `apps/v1` and `v1`, as objects carry them. */
export function groupVersion(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** The kinds that are served now. They can change while the server runs; `generation` tells caches so. */
export class KindRegistry {
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKind = new Map<string, AnyKind>();
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
    this.#byResource.set(`${groupVersion(kind)}/${kind.plural}`, kind);
    this.#byKind.set(`${groupVersion(kind)}/${kind.kind}`, kind);
    this.#generation++;
  }

  /** Serves a kind no longer. */
  remove(kind: AnyKind): void {
    this.#byResource.delete(`${groupVersion(kind)}/${kind.plural}`);
    this.#byKind.delete(`${groupVersion(kind)}/${kind.kind}`);
    this.#generation++;
  }

  /** The kind served at a path. */
  resource(group: string, version: string, plural: string): AnyKind | undefined {
    return this.#byResource.get(`${groupVersion({ group, version })}/${plural}`);
  }

  /** The kind that a body's `apiVersion` and `kind` name. */
  kind(address: GroupVersionKind): AnyKind | undefined {
    return this.#byKind.get(`${groupVersion(address)}/${address.kind}`);
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
    return kind.storedAs === undefined ? kind : (this.kind(kind.storedAs) ?? kind);
  }
}
