import { isDeepStrictEqual } from 'node:util';
import type { Ingress } from '../api/networking/ingress.schema.ts';
import { ingresses } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { runLeaderElection } from '../client/leader-election.ts';
import type { Logger } from '../system/logger.ts';
import type { Problem } from './plan/problem.ts';
import { SerialLoop } from './serial-loop.ts';

export interface ReporterOptions {
  readonly client: ApiClient;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly nodeName: string;
  /** An Ingress as it is now. */
  readonly current: (key: string) => Ingress | undefined;
  /** Where Ingresses can be reached: what `kubectl get ingress` shows. */
  readonly publishAddresses: readonly string[];
  readonly lease: { readonly name: string; readonly namespace: string };
}

/** What the controller of this node serves and complains about. */
export interface Report {
  /** Ingresses that nginx serves now, as `namespace/name`. */
  readonly served: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Writes addresses into the status of Ingresses, and events about them: on one node at a time, for all nodes serve
 * the same. The others keep their reports, in case they come to lead.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #loop: SerialLoop;
  #report: Report = { served: [], problems: [] };
  /** Problems that were told, by Ingress. */
  #told = new Map<string, ReadonlySet<string>>();
  #leading = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#loop = new SerialLoop({
      run: () => this.#write(),
      failed: (err, retryInMs) =>
        options.logger.warn({ err, retryInMs }, 'cannot write the status of Ingresses; trying again'),
      coalesceMs: 1,
    });
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
    await this.#loop.close();
  }

  update(report: Report): void {
    this.#report = report;
    this.check();
  }

  /** Somebody may have changed a status. */
  check(): void {
    if (this.#leading) this.#loop.request();
  }

  /** An Ingress has come or changed. */
  scheduled(ingress: Ingress): void {
    if (this.#leading) this.#options.recorder.event(ingress, 'Normal', 'Sync', 'Scheduled for sync');
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#leading = true;
    this.#told = new Map();
    this.#loop.request();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#leading = false;
  }

  async #write(): Promise<void> {
    if (!this.#leading) return;
    const { served, problems } = this.#report;
    this.#tell(problems);
    const ingress = this.#options.publishAddresses.toSorted().map((ip) => ({ ip }));
    const outdated = served
      .map((key) => this.#options.current(key))
      .filter((object) => object !== undefined)
      .filter(({ status }) => !isDeepStrictEqual(status?.loadBalancer?.ingress ?? [], ingress));
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

  #tell(problems: readonly Problem[]): void {
    const now = new Map<string, Set<string>>();
    for (const { source, reason, message } of problems) {
      const texts = now.get(source.uid) ?? new Set();
      now.set(source.uid, texts.add(message));
      if (this.#told.get(source.uid)?.has(message) === true) continue;
      this.#options.recorder.event(source, 'Warning', reason, message);
    }
    this.#told = now;
  }
}
