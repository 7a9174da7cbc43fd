import type { Pod } from '../api/core/pod.schema.ts';
import type { ClusterEvent, Plugin } from './plugin.ts';
import { priorityOf } from './priority.ts';

const initialBackoffMs = 1000;
const maxBackoffMs = 10_000;
/** A pod that no event has moved for so long is tried again all the same. */
const longestWaitMs = 5 * 60_000;
const flushEveryMs = 30_000;

interface Entry {
  pod: Pod;
  /** When the pod came, for the order among equal priorities. */
  readonly since: number;
  attempts: number;
  lastAttempt: number;
  /** The plugins that refused it; empty when it has not been tried, or failed for another reason. */
  rejectedBy: readonly Plugin[];
}

interface QueueOptions {
  /** Called when there is something to take. */
  readonly onReady: () => void;
  readonly now?: () => number;
}

/**
 * Pods waiting for a node. Each is in one of three places: `active` (to be tried next), `backoff` (to be active
 * after its delay), `unschedulable` (until an event that one of the plugins that refused it waits for). While a pod
 * is being tried it is in none of them.
 */
export class SchedulingQueue {
  readonly #active = new Map<string, Entry>();
  readonly #backoff = new Map<string, { readonly entry: Entry; readonly timer: NodeJS.Timeout }>();
  readonly #unschedulable = new Map<string, Entry>();
  readonly #trying = new Map<string, Entry>();
  /** Events since each pod's trial began: one that comes during it must not be lost. */
  readonly #missed = new Map<string, Set<ClusterEvent>>();
  /** Pods that have changed since their trial began. */
  readonly #changed = new Set<string>();
  readonly #options: Required<QueueOptions>;
  #flush: NodeJS.Timeout | undefined;

  constructor(options: QueueOptions) {
    this.#options = { now: Date.now, ...options };
  }

  get size(): number {
    return this.#active.size + this.#backoff.size + this.#unschedulable.size;
  }

  /** Adds a pod, or takes over a changed one: a change of the pod may be what it waits for. */
  put(pod: Pod, { changed = true }: { readonly changed?: boolean } = {}): void {
    const { uid } = pod.metadata;
    const waiting = this.#active.get(uid) ?? this.#backoff.get(uid)?.entry ?? this.#trying.get(uid);
    if (waiting !== undefined) {
      waiting.pod = pod;
      if (changed && this.#trying.has(uid)) this.#changed.add(uid);
      return;
    }
    const parked = this.#unschedulable.get(uid);
    if (parked !== undefined) {
      parked.pod = pod;
      if (changed) this.#wake(parked);
      return;
    }
    this.#activate({ pod, since: this.#options.now(), attempts: 0, lastAttempt: 0, rejectedBy: [] });
  }

  remove(uid: string): void {
    this.#active.delete(uid);
    clearTimeout(this.#backoff.get(uid)?.timer);
    this.#backoff.delete(uid);
    this.#unschedulable.delete(uid);
    this.done(uid);
    this.#armFlush();
  }

  /** The pod to try next: the highest priority, then the one that has waited longest. */
  take(): Pod | undefined {
    let next: Entry | undefined;
    for (const entry of this.#active.values()) if (next === undefined || isBefore(entry, next)) next = entry;
    if (next === undefined) return undefined;
    const { uid } = next.pod.metadata;
    this.#active.delete(uid);
    next.attempts += 1;
    next.lastAttempt = this.#options.now();
    this.#trying.set(uid, next);
    this.#missed.set(uid, new Set());
    return next.pod;
  }

  /** The trial has ended well. */
  done(uid: string): void {
    this.#trying.delete(uid);
    this.#missed.delete(uid);
    this.#changed.delete(uid);
  }

  /** No node took the pod, by the word of these plugins; none named means that trying again may help by itself. */
  failed(uid: string, rejectedBy: readonly Plugin[]): void {
    const entry = this.#trying.get(uid);
    const missed = this.#missed.get(uid);
    const changed = this.#changed.has(uid);
    this.done(uid);
    if (entry === undefined) return;
    entry.rejectedBy = rejectedBy;
    const helped = changed || [...(missed ?? [])].some((event) => helps(event, entry));
    if (rejectedBy.length === 0 || helped) this.#backOff(entry);
    else this.#park(entry);
  }

  /** Something has changed in the cluster: pods that wait for it are tried again. */
  move(event: ClusterEvent): void {
    for (const events of this.#missed.values()) events.add(event);
    for (const entry of this.#unschedulable.values().toArray()) if (helps(event, entry)) this.#wake(entry);
  }

  /** Stops all delays. */
  clear(): void {
    for (const { timer } of this.#backoff.values()) clearTimeout(timer);
    clearTimeout(this.#flush);
  }

  #park(entry: Entry): void {
    this.#unschedulable.set(entry.pod.metadata.uid, entry);
    this.#armFlush();
  }

  #wake(entry: Entry): void {
    this.#unschedulable.delete(entry.pod.metadata.uid);
    this.#backOff(entry);
  }

  #backOff(entry: Entry): void {
    const { uid } = entry.pod.metadata;
    const delay = Math.min(initialBackoffMs * 2 ** (entry.attempts - 1), maxBackoffMs);
    const rest = entry.lastAttempt + delay - this.#options.now();
    if (rest <= 0) {
      this.#activate(entry);
      return;
    }
    const timer = setTimeout(() => {
      this.#backoff.delete(uid);
      this.#activate(entry);
    }, rest);
    this.#backoff.set(uid, { entry, timer });
  }

  #activate(entry: Entry): void {
    this.#active.set(entry.pod.metadata.uid, entry);
    this.#options.onReady();
  }

  #armFlush(): void {
    if (this.#unschedulable.size === 0) {
      clearTimeout(this.#flush);
      this.#flush = undefined;
      return;
    }
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      const before = this.#options.now() - longestWaitMs;
      for (const entry of this.#unschedulable.values().toArray()) if (entry.lastAttempt <= before) this.#wake(entry);
      this.#armFlush();
    }, flushEveryMs).unref();
  }
}

function helps(event: ClusterEvent, { rejectedBy }: Entry): boolean {
  return rejectedBy.length === 0 || rejectedBy.some(({ events }) => events.includes(event));
}

function isBefore(a: Entry, b: Entry): boolean {
  const difference = priorityOf(a.pod) - priorityOf(b.pod);
  return difference !== 0 ? difference > 0 : a.since < b.since;
}
