import type { ApiClient } from './api-client.ts';
import type { Lease, LeaseSpec } from '../api/coordination/lease.schema.ts';
import type { Unsaved } from '../api/object.ts';
import { leases } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { Logger } from '../system/logger.ts';
import { pause } from './back-off.ts';

export interface LeaderElectionOptions {
  readonly client: ApiClient;
  /** The Lease that the candidates share. */
  readonly name: string;
  readonly namespace: string;
  /** Unlike every other candidate's. */
  readonly identity: string;
  /** How long the others wait for a leader that has fallen silent. */
  readonly leaseDurationMs?: number;
  /** A leader that cannot renew for so long stops leading; less than `leaseDurationMs`. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** Does the leader's work until its signal is aborted, by the loss of the Lease or by `signal`. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly logger?: Logger;
}

/** The Lease as last seen, and when its record last changed by our own clock: clocks of others are not trusted. */
interface Observed {
  readonly lease: Lease;
  readonly at: number;
}

/**
 * Leads whenever it holds the Lease, after client-go's leader election. States: `waiting` (another holds it, or the
 * server is away) until it is acquired; `leading` until it is lost, then `waiting` again. Releases the Lease and
 * resolves once `signal` is aborted; rejects with what `lead` throws.
 */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  const { signal, retryPeriodMs = 2000, logger, identity } = options;
  const candidate = new Candidate(options);
  while (!signal.aborted) {
    if (!(await candidate.tryToHold())) {
      await pause(retryPeriodMs * (1 + Math.random() * 0.2), signal);
      continue;
    }
    logger?.info({ identity }, 'leading');
    await leadWhileHeld(options, candidate);
    logger?.info({ identity }, 'no longer leading');
  }
}

async function leadWhileHeld(options: LeaderElectionOptions, candidate: Candidate): Promise<void> {
  const { signal, lead, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = options;
  const lost = new AbortController();
  const leading = AbortSignal.any([signal, lost.signal]);
  const work = lead(leading).finally(() => lost.abort());
  // Awaited below; until then a rejection must not count as unheard.
  work.catch(() => undefined);
  let renewed = performance.now();
  while (await pause(retryPeriodMs, leading)) {
    // A server that does not answer must not make us lead beyond the deadline.
    const left = Math.max(0, renewDeadlineMs - (performance.now() - renewed));
    const attempt = new AbortController();
    const late = pause(left, AbortSignal.any([leading, attempt.signal])).then(() => false);
    const held = await Promise.race([candidate.tryToHold(), late]);
    attempt.abort();
    if (held) renewed = performance.now();
    else if (candidate.heldByOther || performance.now() - renewed >= renewDeadlineMs) lost.abort();
  }
  try {
    await work;
  } finally {
    await candidate.release();
  }
}

class Candidate {
  readonly #options: LeaderElectionOptions;
  readonly #durationMs: number;
  #observed: Observed | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#durationMs = options.leaseDurationMs ?? 15_000;
  }

  get heldByOther(): boolean {
    const holder = this.#observed?.lease.spec.holderIdentity ?? '';
    return holder !== '' && holder !== this.#options.identity;
  }

  /** Acquires or renews the Lease; false when another holds it or the server does not let us. */
  async tryToHold(): Promise<boolean> {
    const { client, name, namespace, logger } = this.#options;
    try {
      const lease = await this.#read();
      if (lease === undefined) {
        const metadata = { name, namespace };
        const first: Unsaved<Lease> = {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata,
          spec: this.#spec(undefined),
        };
        this.#observe(await client.create(leases, first));
        return true;
      }
      this.#observe(lease);
      if (this.heldByOther && !this.#expired()) return false;
      this.#observe(await client.update(leases, { ...lease, spec: this.#spec(lease.spec) }));
      return true;
    } catch (err) {
      // Another candidate was faster: the ordinary way to lose.
      if (!isStatus(err, 'Conflict', 'AlreadyExists')) logger?.warn({ err, lease: name }, 'cannot renew the lease');
      return false;
    }
  }

  /** Lets the others take over without waiting. */
  async release(): Promise<void> {
    const { client, identity, logger, name } = this.#options;
    try {
      const lease = await this.#read();
      if (lease?.spec.holderIdentity !== identity) return;
      const { holderIdentity: _, ...rest } = lease.spec;
      await client.update(leases, { ...lease, spec: { ...rest, leaseDurationSeconds: 1 } });
    } catch (err) {
      logger?.debug({ err, lease: name }, 'the lease is left to expire');
    }
  }

  async #read(): Promise<Lease | undefined> {
    const { client, name, namespace } = this.#options;
    try {
      return await client.get(leases, { name, namespace });
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  #observe(lease: Lease): void {
    if (lease.metadata.resourceVersion === this.#observed?.lease.metadata.resourceVersion) return;
    this.#observed = { lease, at: performance.now() };
  }

  #expired(): boolean {
    return this.#observed !== undefined && performance.now() - this.#observed.at > this.#durationMs;
  }

  #spec(before: LeaseSpec | undefined): LeaseSpec {
    const { identity } = this.#options;
    const now = new Date().toISOString().replace('Z', '000Z');
    const same = before?.holderIdentity === identity;
    const transitions = before?.leaseTransitions ?? 0;
    return {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
      renewTime: now,
      acquireTime: same ? (before.acquireTime ?? now) : now,
      leaseTransitions: before === undefined || same ? transitions : transitions + 1,
    };
  }
}
