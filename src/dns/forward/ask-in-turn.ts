import { rcodes } from '../wire/constants.ts';
import type { Message } from '../wire/message.ts';
import type { Upstream, UpstreamQuestion } from './upstream.ts';

export interface Timing {
  /** How long one server is waited for before the next is asked as well. */
  readonly patienceMs: number;
  /** When to give up; resolvers wait 5 s. */
  readonly budgetMs: number;
}

/** No server gave an answer in time. */
export class NoAnswerError extends Error {
  readonly code = 'DNS_NO_ANSWER';

  constructor(what: string, cause?: unknown) {
    super(what, { cause });
    this.name = 'NoAnswerError';
  }
}

const timeouts = 3;

/**
 * Asks servers one after another until one gives a usable answer: the next at once where one fails, and after some
 * patience where one is silent, while the first may still answer. Silent ones are asked again: a packet may have been
 * lost. An answer that is a failure of the server's own is taken only where nobody has a better one.
 */
export async function askInTurn(
  upstreams: readonly Upstream[],
  question: UpstreamQuestion,
  timing: Timing,
): Promise<Message> {
  const turns = Array.from({ length: timeouts }, () => upstreams).flat();
  const done = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const useless = new Set<Upstream>();
  /** Who owes an answer, and since when. */
  const silent = new Map<Upstream, number>();
  let second: Message | undefined;
  let problem: unknown;
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    clearTimeout(timer);
    if (done.signal.aborted) return;
    const upstream = turns.shift();
    if (upstream !== undefined && useless.has(upstream)) return next();
    if (upstream !== undefined) {
      waiting += 1;
      void ask(upstream);
      timer = setTimeout(next, timing.patienceMs);
    } else if (waiting === 0) {
      if (second === undefined) reject(new NoAnswerError('no DNS server answered', problem));
      else resolve(second);
    }
  };
  const ask = async (upstream: Upstream): Promise<void> => {
    if (!silent.has(upstream)) silent.set(upstream, performance.now());
    try {
      const message = await upstream.ask(question, done.signal);
      silent.delete(upstream);
      if (isUsable(message)) return resolve(message);
      second = message;
    } catch (error) {
      if (done.signal.aborted) return;
      problem = error;
      silent.delete(upstream);
      upstream.failed();
    }
    useless.add(upstream);
    waiting -= 1;
    next();
  };
  const budget = setTimeout(() => reject(new NoAnswerError('no DNS server answered in time')), timing.budgetMs);
  try {
    next();
    return await promise;
  } finally {
    clearTimeout(timer);
    clearTimeout(budget);
    done.abort();
    // A server that was overtaken has failed too, but not one that was asked only just now.
    const now = performance.now();
    for (const [upstream, since] of silent) if (now - since >= timing.patienceMs) upstream.failed();
  }
}

function isUsable({ rcode }: Message): boolean {
  return rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN;
}
