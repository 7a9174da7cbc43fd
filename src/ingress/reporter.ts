import { isDeepStrictEqual } from 'node:util';
import type { Ingress } from '../api/networking/ingress.schema.ts';
import { ingresses } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { runLeaderElection } from '../client/leader-election.ts';
import type { Logger } from '../system/logger.ts';
import { ToldProblems } from './diagnosis/told-problems.ts';
import { readToldProblems, resolvedPrefix } from './diagnosis/told-events.ts';
import type { Source } from './model/route-table.ts';
import type { Problem } from './plan/problem.ts';
import { SerialLoop } from './serial-loop.ts';

export interface ReporterOptions {
  readonly client: ApiClient;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly nodeName: string;
  /** An Ingress as it is now. */
  readonly current: (key: string) => Ingress | undefined;
  /** Whether an object that problems are told of is still there. */
  readonly exists: (source: Source) => boolean;
  /** Where Ingresses can be reached: what `kubectl get ingress` shows. */
  readonly publishAddresses: readonly string[];
  readonly lease: { readonly name: string; readonly namespace: string };
  /** How long changes are collected before problems are looked for, in milliseconds; 1 s when left out. */
  readonly lookAfterMs?: number;
}

/** What the controller of this node serves and complains about. */
export interface Report {
  /** Ingresses that nginx serves now, as `namespace/name`. */
  readonly served: readonly string[];
  /** Looks for all problems as they are now. */
  readonly problems: () => readonly Problem[];
}

/** Certificates expire without anybody changing anything. */
const lookAgainMs = 60_000;

/**
 * Writes addresses into the status of Ingresses, and events about them: on one node at a time, for all nodes serve
 * the same. The others keep their reports, in case they come to lead.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #addresses: SerialLoop;
  readonly #news: SerialLoop;
  readonly #told = new ToldProblems();
  #report: Report = { served: [], problems: () => [] };
  /** Versions of Ingresses that show the addresses. */
  readonly #upToDate = new WeakSet<Ingress>();
  #leading = false;
  /** undefined until it is known what was told before this node led. */
  #remembers = false;
  #again: NodeJS.Timeout | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    const loop = (what: string, coalesceMs: number, run: () => Promise<void>): SerialLoop =>
      new SerialLoop({
        run: async () => (this.#leading ? run() : undefined),
        failed: (err, retryInMs) => options.logger.warn({ err, retryInMs }, `cannot write ${what}; trying again`),
        coalesceMs,
      });
    this.#addresses = loop('the status of Ingresses', 1, () => this.#writeAddresses());
    this.#news = loop('events of Ingresses', options.lookAfterMs ?? 1000, () => this.#tellNews());
  }

  /** Takes part in the election until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, lease, nodeName, logger } = this.#options;
    await runLeaderElection({
      client,
      ...lease,
      // The same after a restart, so that a node that led goes on at once.
      identity: nodeName,
      // A gap costs no request, only news; so the lease may be slow, and cheap.
      leaseDurationMs: 60_000,
      renewDeadlineMs: 40_000,
      retryPeriodMs: 10_000,
      lead: (leading) => this.#lead(leading),
      signal,
      logger,
    });
    clearTimeout(this.#again);
    await Promise.all([this.#addresses.close(), this.#news.close()]);
  }

  update(report: Report): void {
    this.#report = report;
    this.check();
    this.look();
  }

  /** Somebody may have changed a status. */
  check(): void {
    if (this.#leading) this.#addresses.request();
  }

  /** Problems may have come or gone: with a Service, its endpoints, or time. */
  look(): void {
    if (this.#leading) this.#news.request();
  }

  /** An Ingress has come or changed. */
  scheduled(ingress: Ingress): void {
    if (this.#leading) this.#options.recorder.event(ingress, 'Normal', 'Sync', 'Scheduled for sync');
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#leading = true;
    this.#remembers = false;
    this.#addresses.request();
    this.#news.request();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#leading = false;
    clearTimeout(this.#again);
  }

  async #writeAddresses(): Promise<void> {
    const { served } = this.#report;
    const ingress = this.#options.publishAddresses.toSorted().map((ip) => ({ ip }));
    const outdated = served
      .map((key) => this.#options.current(key))
      .filter((object) => object !== undefined)
      .filter((object) => !this.#upToDate.has(object))
      .filter((object) => {
        const isSame = isDeepStrictEqual(object.status?.loadBalancer?.ingress ?? [], ingress);
        if (isSame) this.#upToDate.add(object);
        return !isSame;
      });
    const results = await Promise.allSettled(outdated.map((object) => this.#setStatus(object, ingress)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #setStatus({ metadata }: Ingress, ingress: readonly { readonly ip: string }[]): Promise<void> {
    const { name, namespace } = metadata;
    const body = { status: { loadBalancer: { ingress } } };
    try {
      await this.#options.client.patch(ingresses, { name, namespace }, 'merge', body, { subresource: 'status' });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  async #tellNews(): Promise<void> {
    const { client, recorder, exists } = this.#options;
    if (!this.#remembers) {
      this.#told.restart(await readToldProblems(client));
      this.#remembers = true;
    }
    const {
      begun,
      ended,
      againInMs = lookAgainMs,
    } = this.#told.update(this.#report.problems(), ({ source }) => exists(source), Date.now());
    for (const { source, reason, message } of begun) recorder.event(referenceTo(source), 'Warning', reason, message);
    for (const { source, message } of ended)
      recorder.event(referenceTo(source), 'Normal', 'Resolved', `${resolvedPrefix}${message}`);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.look(), Math.min(againInMs, lookAgainMs)).unref();
  }
}

/** A class is in no namespace. */
function referenceTo({ namespace, ...rest }: Source) {
  return namespace === '' ? rest : { ...rest, namespace };
}
