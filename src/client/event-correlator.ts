import type { Event } from '../api/core/event.schema.ts';
import type { Unsaved } from '../api/object.ts';

/** What to write for an event: a new object, a raised count of one written before, or nothing. */
export type EventWrite =
  | { readonly kind: 'create'; readonly event: Unsaved<Event> }
  | { readonly kind: 'recount'; readonly name: string; readonly namespace: string; readonly event: Unsaved<Event> }
  | { readonly kind: 'drop' };

/** The limits of client-go's correlator. */
const rules = {
  /** An object may cause a burst of so many events, … */
  spamBurst: 25,
  /** … and afterwards one in so many milliseconds. */
  spamRefillMs: 300_000,
  /** From the tenth different message of one reason within this time on, they are combined. */
  similarCount: 10,
  similarIntervalMs: 600_000,
  /** Least recently used keys beyond this are forgotten. */
  rememberedKeys: 4096,
} as const;

/** A map that forgets what was longest not used. */
class Recent<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= rules.rememberedKeys) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

interface Similar {
  readonly messages: ReadonlySet<string>;
  readonly at: number;
}

interface Written {
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
  readonly firstTimestamp: string | undefined;
}

/**
 * Decides what becomes of each event, as client-go's EventCorrelator does: repeated ones raise a count, many similar
 * ones are combined, and an object that causes too many is silenced for a while.
 */
export class EventCorrelator {
  readonly #buckets = new Recent<Bucket>();
  readonly #similar = new Recent<Similar>();
  readonly #written = new Recent<Written>();

  /** `now` is in milliseconds since the epoch; `event` is as new, with count 1. */
  correlate(event: Unsaved<Event>, now: number): EventWrite {
    const combined = this.#combine(event, now);
    if (!this.#spend(event, now)) return { kind: 'drop' };
    const key = identity(combined.event, combined.key);
    const before = this.#written.get(key);
    const { name = '', namespace = '' } = event.metadata;
    if (before === undefined) {
      this.#written.set(key, { name, namespace, count: 1, firstTimestamp: event.firstTimestamp });
      return { kind: 'create', event: combined.event };
    }
    const written = { ...before, count: before.count + 1 };
    this.#written.set(key, written);
    const metadata = { ...event.metadata, name: before.name, namespace: before.namespace };
    const recounted = { ...combined.event, metadata, count: written.count, firstTimestamp: before.firstTimestamp };
    return { kind: 'recount', name: before.name, namespace: before.namespace, event: recounted };
  }

  /** Of many messages for one reason one event is made, whose identity leaves the message out. */
  #combine(event: Unsaved<Event>, now: number): { readonly event: Unsaved<Event>; readonly key: string } {
    const key = similarity(event);
    const message = event.message ?? '';
    const known = this.#similar.get(key);
    const fresh = known === undefined || now - known.at > rules.similarIntervalMs;
    const messages = new Set(fresh ? [] : known.messages).add(message);
    if (messages.size < rules.similarCount) {
      this.#similar.set(key, { messages, at: now });
      return { event, key: message };
    }
    // One message is let go, so that the set stays at the threshold however many more come.
    const [oldest = ''] = messages;
    messages.delete(oldest);
    this.#similar.set(key, { messages, at: now });
    return { event: { ...event, message: `(combined from similar events): ${message}` }, key: '' };
  }

  #spend(event: Unsaved<Event>, now: number): boolean {
    const key = JSON.stringify([event.source, sourceObject(event)]);
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: rules.spamBurst, at: now };
    const filled = Math.min(rules.spamBurst, tokens + (now - at) / rules.spamRefillMs);
    this.#buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    return filled >= 1;
  }
}

function sourceObject(event: Unsaved<Event>): readonly unknown[] {
  const { kind, namespace, name, uid, apiVersion } = event.involvedObject;
  return [kind, namespace, name, uid, apiVersion];
}

function similarity(event: Unsaved<Event>): string {
  const { source, type, reason, reportingComponent, reportingInstance } = event;
  return JSON.stringify([source, sourceObject(event), type, reason, reportingComponent, reportingInstance]);
}

function identity(event: Unsaved<Event>, message: string): string {
  return JSON.stringify([
    event.source,
    sourceObject(event),
    event.involvedObject.fieldPath,
    event.type,
    event.reason,
    message,
  ]);
}
