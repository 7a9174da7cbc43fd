import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import type { Event } from '../api/core/event.schema.ts';
import type { ObjectReference } from '../api/core/reference.schema.ts';
import type { KubeObject, Unsaved } from '../api/object.ts';
import { events } from '../api/resources.ts';
import { isStatus, StatusError } from '../api/status-error.ts';
import type { Logger } from '../system/logger.ts';
import { EventCorrelator } from './event-correlator.ts';

export interface EventDetails {
  readonly action?: string;
  readonly related?: ObjectReference;
  /** The part of the object that is meant, e.g. `spec.containers{web}`. */
  readonly fieldPath?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Tells users what happened to an object, by Events as `kubectl describe` shows them. */
export interface EventRecorder {
  /** Returns at once and never throws; an event that cannot be written is logged and dropped. */
  event(
    object: KubeObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    details?: EventDetails,
  ): void;
  /** Resolves when all events recorded so far have been written or dropped. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  /** Who reports, e.g. `deployment-controller`, `kubelet`. */
  readonly component: string;
  readonly host?: string;
  readonly logger?: Logger;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly retryDelayMs?: number;
}

/** Events beyond this many waiting are dropped: a server that is away must not fill the memory. */
const queueLimit = 1000;
const attempts = 12;

/** A recorder that writes core/v1 Events as upstream's components do. */
export function createEventRecorder(client: ApiClient, options: EventRecorderOptions): EventRecorder {
  return new Recorder(client, options);
}

class Recorder implements EventRecorder {
  readonly #client: ApiClient;
  readonly #options: EventRecorderOptions;
  readonly #now: () => number;
  readonly #correlator = new EventCorrelator();
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #lastNanoseconds = 0n;

  constructor(client: ApiClient, options: EventRecorderOptions) {
    this.#client = client;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  event(
    object: KubeObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    details: EventDetails = {},
  ): void {
    if (this.#waiting >= queueLimit) {
      this.#options.logger?.warn({ reason }, 'too many events are waiting; dropping one');
      return;
    }
    const now = this.#now();
    const event = this.#compose(referenceTo(object, details.fieldPath), now, { type, reason, message, details });
    this.#waiting += 1;
    // One after the other, so that counts reach the server in order.
    this.#last = this.#last.then(async () => {
      try {
        await this.#write(event, now);
      } catch (err) {
        this.#options.logger?.warn({ err, reason, object: event.involvedObject.name }, 'cannot write an event');
      } finally {
        this.#waiting -= 1;
      }
    });
  }

  flush(): Promise<void> {
    return this.#last;
  }

  #compose(
    involvedObject: ObjectReference,
    now: number,
    what: { type: string; reason: string; message: string; details: EventDetails },
  ): Unsaved<Event> {
    const { component, host = '' } = this.#options;
    const { type, reason, message, details } = what;
    const namespace = involvedObject.namespace ?? 'default';
    const timestamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
    const name = `${involvedObject.name}.${this.#nanoseconds(now).toString(16)}`;
    const { action, related, annotations } = details;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
      involvedObject,
      reason,
      message,
      source: { component, ...(host === '' ? {} : { host }) },
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host,
      ...(action === undefined ? {} : { action }),
      ...(related === undefined ? {} : { related }),
    };
  }

  /**
   * Nanoseconds since the epoch, never twice the same: they make the names of events. The clock gives milliseconds, and
   * the rest is chance, so that two components that report on one object in one millisecond do not choose one name.
   */
  #nanoseconds(now: number): bigint {
    const next = BigInt(Math.trunc(now)) * 1_000_000n + BigInt(Math.trunc(Math.random() * 1_000_000));
    this.#lastNanoseconds = next > this.#lastNanoseconds ? next : this.#lastNanoseconds + 1n;
    return this.#lastNanoseconds;
  }

  async #write(event: Unsaved<Event>, now: number): Promise<void> {
    const write = this.#correlator.correlate(event, now);
    if (write.kind === 'drop') return;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (write.kind === 'create') await this.#create(write.event);
        else await this.#recount(write);
        return;
      } catch (error) {
        // The server has judged this event; only silence is worth another attempt.
        if (error instanceof StatusError) {
          if (isStatus(error, 'AlreadyExists') || isTerminatingNamespace(error)) return;
          if (!isStatus(error, 'ServiceUnavailable', 'TooManyRequests')) throw error;
        }
        if (attempt === attempts) throw error;
        await sleep((this.#options.retryDelayMs ?? 10_000) * (attempt === 1 ? Math.random() : 1), undefined, {
          ref: false,
        });
      }
    }
  }

  async #create(event: Unsaved<Event>): Promise<void> {
    await this.#client.create(events, event);
  }

  async #recount(write: { name: string; namespace: string; event: Unsaved<Event> }): Promise<void> {
    const { name, namespace, event } = write;
    const { count, lastTimestamp, message } = event;
    try {
      await this.#client.patch(events, { name, namespace }, 'strategic', { count, lastTimestamp, message });
    } catch (error) {
      // It has expired meanwhile: events live for an hour.
      if (!isStatus(error, 'NotFound')) throw error;
      await this.#create(event);
    }
  }
}

/** An event in a namespace that is going away has no place, and no reader. */
function isTerminatingNamespace(error: StatusError): boolean {
  const causes = error.details?.causes ?? [];
  return error.reason === 'Forbidden' && causes.some((cause) => cause.reason === 'NamespaceTerminating');
}

function referenceTo(object: KubeObject | ObjectReference, fieldPath: string | undefined): ObjectReference {
  const reference = 'metadata' in object ? objectReference(object) : object;
  return fieldPath === undefined ? reference : { ...reference, fieldPath };
}

function objectReference({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { kind, ...(namespace === undefined ? {} : { namespace }), name, uid, apiVersion, resourceVersion };
}
