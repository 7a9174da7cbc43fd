import { randomInt } from 'node:crypto';
import { flags, rcodes, recordTypes } from '../wire/constants.ts';
import type { Message } from '../wire/message.ts';
import { exchangeTcp, exchangeUdp } from './exchange.ts';
import type { UpstreamAddress } from './upstream-address.ts';
import { upstreamText } from './upstream-address.ts';

export interface UpstreamQuestion {
  readonly name: string;
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** What a server does is reported here; `rcode` is undefined when no answer came. */
export type UpstreamReport = (to: string, seconds: number, rcode: number | undefined) => void;

export interface UpstreamOptions {
  readonly report?: UpstreamReport | undefined;
  readonly probeTimeoutMs?: number;
  /** Time between probes of a server that is down; doubles up to the second number. */
  readonly probeIntervalMs?: readonly [number, number];
}

const rootServers: UpstreamQuestion = { name: '', type: recordTypes.NS, dnssecOk: false, checkingDisabled: false };

/**
 * One server to which queries are forwarded, and whether it can be relied on:
 * - `up`: answers. After two failures in a row it is probed; to `down` when the probe fails too, so that one name whose
 *   own servers are dead does not condemn it.
 * - `down`: is passed over. A query that comes when a probe is due starts one; to `up` when any answer comes.
 */
export class Upstream {
  readonly name: string;
  readonly #address: UpstreamAddress;
  readonly #options: UpstreamOptions;
  #failures = 0;
  #down = false;
  #probeAt = 0;
  #interval = 0;
  #probe: Promise<boolean> | undefined;

  constructor(address: UpstreamAddress, options: UpstreamOptions = {}) {
    this.#address = address;
    this.#options = options;
    this.name = upstreamText(address);
  }

  get isDown(): boolean {
    return this.#down;
  }

  /** Asks, over TCP where the answer is too large for UDP. Rejects when no answer comes until `signal` is aborted. */
  async ask(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const start = performance.now();
    const report = (rcode: number | undefined): void =>
      this.#options.report?.(this.name, (performance.now() - start) / 1000, rcode);
    try {
      const message = await this.#exchange(question, signal);
      this.#answered();
      report(message.rcode);
      return message;
    } catch (error) {
      report(undefined);
      throw error;
    }
  }

  /** To be told when an answer did not come in time, or not at all. */
  failed(): void {
    this.#failures += 1;
    if (!this.#down && this.#failures >= 2) void this.probe();
  }

  /**
   * Whether the server answers at all. Probes at most once at a time; for a server that is down at most once an
   * interval, and undefined in between.
   */
  probe(): Promise<boolean> | undefined {
    if (this.#probe === undefined && (!this.#down || performance.now() >= this.#probeAt)) {
      this.#probe = this.#runProbe().finally(() => {
        this.#probe = undefined;
      });
    }
    return this.#probe;
  }

  async #runProbe(): Promise<boolean> {
    const { probeTimeoutMs = 1000, probeIntervalMs: [shortest, longest] = [1000, 5000] } = this.#options;
    try {
      await this.#exchange(rootServers, AbortSignal.timeout(probeTimeoutMs));
      this.#answered();
      return true;
    } catch {
      // Why it failed does not matter: the queries that failed before are what gets reported.
      this.#down = true;
      this.#interval = Math.min(longest, Math.max(shortest, this.#interval * 2));
      this.#probeAt = performance.now() + this.#interval;
      return false;
    }
  }

  #answered(): void {
    this.#failures = 0;
    this.#down = false;
    this.#interval = 0;
  }

  async #exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const query = { ...question, id: randomInt(0x1_0000), edns: true };
    let message = await exchangeUdp(this.#address, query, signal);
    if (message.rcode === rcodes.FORMERR || message.rcode === rcodes.NOTIMP) {
      const plain = { ...query, id: randomInt(0x1_0000), edns: false };
      message = await exchangeUdp(this.#address, plain, signal);
    }
    if ((message.flags & flags.truncated) === 0) return message;
    return exchangeTcp(this.#address, { ...query, id: randomInt(0x1_0000) }, signal);
  }
}
