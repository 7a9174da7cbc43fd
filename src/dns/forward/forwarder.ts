import { setTimeout as sleep } from 'node:timers/promises';
import { rcodes } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/writer.ts';
import { acceptAnswer } from './accept-answer.ts';
import type { CachedAnswer } from './answer-cache.ts';
import { AnswerCache } from './answer-cache.ts';
import type { Timing } from './ask-in-turn.ts';
import { askInTurn } from './ask-in-turn.ts';
import type { UpstreamQuestion, UpstreamReport } from './upstream.ts';
import { Upstream } from './upstream.ts';
import { parseUpstream, upstreamText } from './upstream-address.ts';

/** Where an answer about a name outside the cluster comes from. */
export type ForwardSource = 'cache' | 'stale' | 'upstream' | 'none';

export interface ForwardedAnswer extends Omit<CachedAnswer, 'ttl'> {
  readonly source: ForwardSource;
  readonly extendedError?: ExtendedError;
}

export interface ForwarderOptions {
  /** The servers for all names, called for each query that the cache cannot answer. Empty: there is no outside. */
  readonly upstreams: () => readonly string[];
  /** Servers for single domains and what lies below them. */
  readonly stubDomains?: Readonly<Record<string, readonly string[]>>;
  /** Our own addresses with port: a query sent there would come back for ever. */
  readonly ownAddresses?: readonly string[];
  readonly timing?: Timing;
  /** With a stale answer at hand, how long a fresh one is waited for. */
  readonly staleAfterMs?: number;
  /** Questions that may be under way at once. */
  readonly concurrency?: number;
  readonly report?: UpstreamReport;
  /** Hears of the first failure, and of the recovery. */
  readonly reachable?: (yes: boolean, error: unknown) => void;
}

const usualTiming: Timing = { patienceMs: 1000, budgetMs: 4000 };
const cacheLimits = { entries: 4000, staleSeconds: 3600, staleTtl: 30 };

const failure = (text: string): ForwardedAnswer => ({
  rcode: rcodes.SERVFAIL,
  answers: [],
  authority: [],
  authenticData: false,
  source: 'none',
  // 22: no reachable authority, 0: other (RFC 8914).
  extendedError: { code: 22, text },
});

/** Answers names outside the cluster from its cache, or by asking other servers, each question once at a time. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cache = new AnswerCache(cacheLimits);
  readonly #stubs: ReadonlyMap<string, readonly string[]>;
  readonly #known = new Map<string, Upstream>();
  readonly #underway = new Map<string, Promise<ForwardedAnswer>>();
  #reachable = true;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    const stubs = Object.entries(options.stubDomains ?? {});
    this.#stubs = new Map(
      stubs.map(([domain, servers]) => [domain.toLowerCase().replace(/\.$/, ''), servers.map(canonical)]),
    );
  }

  get cacheSize(): number {
    return this.#cache.size;
  }

  /** Undefined where there is no server for the name at all: for this cluster, nothing exists there. */
  resolve(question: UpstreamQuestion): ForwardedAnswer | Promise<ForwardedAnswer> | undefined {
    const key = keyOf(question);
    const fresh = this.#cache.fresh(key, performance.now());
    if (fresh !== undefined) return { ...fresh, source: 'cache' };
    const underway = this.#underway.get(key);
    if (underway !== undefined) return underway;
    const upstreams = this.#upstreamsOf(question.name);
    if (upstreams.length === 0) return undefined;
    const stale = this.#cache.stale(key, performance.now());
    if (this.#underway.size >= (this.#options.concurrency ?? 1000)) return failure('too many questions are under way');
    const asking = this.#ask(question, key, upstreams).finally(() => this.#underway.delete(key));
    const answer = stale === undefined ? asking : this.#preferFresh(asking, { ...stale, source: 'stale' });
    this.#underway.set(key, answer);
    return answer;
  }

  async #preferFresh(asking: Promise<ForwardedAnswer>, stale: ForwardedAnswer): Promise<ForwardedAnswer> {
    const done = new AbortController();
    const late = sleep(this.#options.staleAfterMs ?? 500, stale, { signal: done.signal }).catch(() => stale);
    const answer = await Promise.race([asking, late]);
    done.abort();
    return answer.source === 'none' || answer.rcode === rcodes.SERVFAIL ? stale : answer;
  }

  /** Never rejects: a failure is an answer too, and is kept for a second, as resolvers repeat the question at once. */
  async #ask(question: UpstreamQuestion, key: string, upstreams: readonly Upstream[]): Promise<ForwardedAnswer> {
    const { timing = usualTiming } = this.#options;
    try {
      const usable = await usableOf(upstreams);
      if (usable.length === 0) return failure('the DNS servers outside do not answer');
      const message = await askInTurn(usable, question, timing);
      const answer = acceptAnswer(question, message);
      this.#keep(key, answer);
      this.#note(true, undefined);
      return { ...answer, source: 'upstream' };
    } catch (error) {
      this.#note(false, error);
      const failed = failure('the DNS servers outside do not answer');
      this.#keep(key, { ...failed, ttl: 1 });
      return failed;
    }
  }

  #keep(key: string, answer: CachedAnswer): void {
    const now = performance.now();
    // An old answer is worth more than a fresh failure.
    if (
      answer.rcode === rcodes.NOERROR ||
      answer.rcode === rcodes.NXDOMAIN ||
      this.#cache.stale(key, now) === undefined
    )
      this.#cache.put(key, answer, now);
  }

  #note(reachable: boolean, error: unknown): void {
    if (reachable !== this.#reachable) this.#options.reachable?.(reachable, error);
    this.#reachable = reachable;
  }

  #upstreamsOf(name: string): readonly Upstream[] {
    const own = new Set((this.#options.ownAddresses ?? []).map(canonical));
    const servers = this.#stubServers(name) ?? this.#options.upstreams().map(canonical);
    return servers.filter((server) => !own.has(server)).map((server) => this.#upstream(server));
  }

  #stubServers(name: string): readonly string[] | undefined {
    if (this.#stubs.size === 0) return undefined;
    for (let at = 0; ;) {
      const servers = this.#stubs.get(name.slice(at));
      if (servers !== undefined) return servers;
      const dot = name.indexOf('.', at);
      if (dot < 0) return undefined;
      at = dot + 1;
    }
  }

  #upstream(server: string): Upstream {
    let upstream = this.#known.get(server);
    if (upstream === undefined) {
      upstream = new Upstream(parseUpstream(server), { report: this.#options.report });
      this.#known.set(server, upstream);
    }
    return upstream;
  }
}

/** The servers to ask: those that are up; where none is, those that answer a probe now. */
async function usableOf(upstreams: readonly Upstream[]): Promise<readonly Upstream[]> {
  // A server that is down is probed beside the query, so that its return is noticed.
  const probes = upstreams.map((upstream) => (upstream.isDown ? upstream.probe() : undefined));
  if (upstreams.some(({ isDown }) => !isDown)) return upstreams.filter(({ isDown }) => !isDown);
  await firstTrue(probes.filter((probe) => probe !== undefined));
  return upstreams.filter(({ isDown }) => !isDown);
}

/** Resolves as soon as one promise gives true, or all have given false. */
async function firstTrue(promises: readonly Promise<boolean>[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const each of promises) void each.then((yes) => (yes ? resolve() : undefined));
  await Promise.race([promise, Promise.all(promises)]);
}

function canonical(server: string): string {
  return upstreamText(parseUpstream(server));
}

function keyOf({ name, type, dnssecOk, checkingDisabled }: UpstreamQuestion): string {
  return `${type} ${dnssecOk ? 'd' : ''}${checkingDisabled ? 'c' : ''} ${name}`;
}
