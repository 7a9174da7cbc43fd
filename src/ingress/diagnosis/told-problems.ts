import type { Problem } from '../plan/problem.ts';

/** What has become of problems since they were last looked at. */
export interface News {
  readonly begun: readonly Problem[];
  /** Told before, and gone: the Ingress is still there. */
  readonly ended: readonly Problem[];
  /** When there may be more without a change; undefined where there will not. */
  readonly againInMs: number | undefined;
}

/** What comes and goes by itself when pods start or objects are applied in any order: told once it has lasted. */
const patience: Partial<Record<Problem['reason'], number>> = {
  ServiceNotFound: 2000,
  ServicePortNotFound: 2000,
  NoReadyEndpoints: 5000,
};

interface Known {
  readonly problem: Problem;
  readonly sinceMs: number;
  readonly told: boolean;
}

/**
 * Remembers problems, so that each is told once, however often it is seen, and its end once, too.
 * States of one: unknown → (seen) waiting → (lasted) told → (gone) ended, which is unknown; waiting → (gone) unknown.
 */
export class ToldProblems {
  #known = new Map<string, Known>();

  /** Forgets what was told, and begins with these messages, by the uid of their Ingress. */
  restart(told: readonly Problem[]): void {
    this.#known = new Map(told.map((problem) => [keyOf(problem), { problem, sinceMs: 0, told: true }]));
  }

  /** `exists` says whether the Ingress of a problem is still there. */
  update(problems: readonly Problem[], exists: (problem: Problem) => boolean, nowMs: number): News {
    const before = this.#known;
    const begun: Problem[] = [];
    let againInMs: number | undefined;
    this.#known = new Map();
    for (const problem of problems) {
      const key = keyOf(problem);
      if (this.#known.has(key)) continue;
      const { sinceMs, told } = before.get(key) ?? { sinceMs: nowMs, told: false };
      const waitMs = (patience[problem.reason] ?? 0) - (nowMs - sinceMs);
      if (!told && waitMs <= 0) begun.push(problem);
      if (!told && waitMs > 0) againInMs = Math.min(againInMs ?? waitMs, waitMs);
      this.#known.set(key, { problem, sinceMs, told: told || waitMs <= 0 });
    }
    const ended = [...before]
      .filter(([key, { told, problem }]) => told && !this.#known.has(key) && exists(problem))
      .map(([, { problem }]) => problem);
    return { begun, ended, againInMs };
  }
}

function keyOf({ source, reason, message }: Problem): string {
  return `${source.uid} ${reason} ${message}`;
}
