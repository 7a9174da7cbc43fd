import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { keyOf } from '../../client/informer.ts';

/** A write under way to the cache: the version that it made, or the uid that it removed; and when it was noted. */
type Write = ({ readonly resourceVersion: number } | { readonly deletedUid: string }) & { readonly at: number };

/** After so long nothing is waited for any more: a cache that was filled anew may never show a write, since undone. */
export const patienceMs = 5000;

/**
 * The slices written for each owner that the informer has not shown yet. A plan made before would add the same
 * endpoints twice.
 */
export class WriteTracker {
  readonly #writes = new Map<string, Map<string, Write>>();
  readonly #waiting = new Set<string>();
  readonly #now: () => number;
  /** The newest version among all events of slices: every write up to it has been shown, also if undone by now. */
  #newest = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes note of an event of any slice, deletions included. */
  saw({ metadata }: EndpointSlice): void {
    this.#newest = Math.max(this.#newest, Number(metadata.resourceVersion));
  }

  /** Notes that the slice was created or updated to this version. */
  wrote(owner: string, slice: EndpointSlice): void {
    this.#of(owner).set(keyOf(slice), { resourceVersion: Number(slice.metadata.resourceVersion), at: this.#now() });
  }

  /** Notes that the slice was deleted. */
  deleted(owner: string, slice: EndpointSlice): void {
    this.#of(owner).set(keyOf(slice), { deletedUid: slice.metadata.uid, at: this.#now() });
  }

  /** True when the cache lags behind the owner's writes; its next event will tell. */
  isBehind(owner: string, cached: (key: string) => EndpointSlice | undefined): boolean {
    const writes = this.#writes.get(owner);
    if (writes === undefined) return false;
    for (const [key, write] of writes) if (this.#isSeen(write, cached(key))) writes.delete(key);
    if (writes.size === 0) this.#writes.delete(owner);
    return writes.size > 0;
  }

  /** Notes that a plan for the owner waits until the cache has caught up. */
  wait(owner: string): void {
    this.#waiting.add(owner);
  }

  /** True, once, when a plan has waited. */
  endWait(owner: string): boolean {
    return this.#waiting.delete(owner);
  }

  /** True when this version is one that the owner wrote itself. */
  isOwn(owner: string, slice: EndpointSlice): boolean {
    const write = this.#writes.get(owner)?.get(keyOf(slice));
    if (write === undefined) return false;
    return 'resourceVersion' in write
      ? write.resourceVersion === Number(slice.metadata.resourceVersion)
      : write.deletedUid === slice.metadata.uid;
  }

  /** Drops what is known of an owner that is gone. */
  forget(owner: string): void {
    this.#writes.delete(owner);
    this.#waiting.delete(owner);
  }

  #isSeen(write: Write, cached: EndpointSlice | undefined): boolean {
    if (this.#now() - write.at >= patienceMs) return true;
    if ('deletedUid' in write) return cached?.metadata.uid !== write.deletedUid;
    return Math.max(this.#newest, Number(cached?.metadata.resourceVersion ?? 0)) >= write.resourceVersion;
  }

  #of(owner: string): Map<string, Write> {
    let writes = this.#writes.get(owner);
    if (writes === undefined) this.#writes.set(owner, (writes = new Map<string, Write>()));
    return writes;
  }
}
