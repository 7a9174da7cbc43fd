import type { Container, Probe } from '../../api/core/container.schema.ts';
import type { Course } from './course.ts';
import { afterAttempt, beginCourse, nextAttempt, ruleOf } from './course.ts';
import type { ProbeOutcome } from './outcome.ts';
import type { ProbeKind, ProbeVerdict } from './types.ts';

export interface ProbeWorkerOptions {
  readonly kind: ProbeKind;
  readonly container: Container;
  readonly probe: Probe;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What the pod's status says of this very container, by an earlier kubelet. */
  readonly seed: ProbeVerdict;
  readonly now: () => number;
  /** Tries once; must not reject. */
  readonly attempt: (signal: AbortSignal) => Promise<ProbeOutcome>;
  /** Told of each regular attempt and each success. */
  readonly observe: (outcome: ProbeOutcome) => void;
  readonly changed: (verdict: ProbeVerdict) => void;
}

/** Runs the course of one probe on one container: it has one timer, and never two attempts at a time. */
export class ProbeWorker {
  readonly #options: ProbeWorkerOptions;
  readonly #abort = new AbortController();
  #course: Course | undefined;
  #timer: NodeJS.Timeout | undefined;
  #attempting = false;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
  }

  get verdict(): ProbeVerdict {
    return this.#course?.verdict ?? this.#options.seed;
  }

  /** Begins to probe; does nothing the second time. `held` says that a startup probe held it back until now. */
  start(held: boolean): void {
    if (this.#course !== undefined || this.#abort.signal.aborted) return;
    const { kind, now: clock, probe, seed, startedAt } = this.#options;
    const now = clock();
    const openedAt = held ? now : startedAt;
    this.#course = beginCourse(ruleOf(kind, probe), { startedAt, openedAt, now, verdict: seed, random: Math.random() });
    this.#plan();
  }

  /** Ends probing for good; an attempt under way is broken off and counts as nothing. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #plan(): void {
    const next = this.#course === undefined ? undefined : nextAttempt(this.#course);
    if (next === undefined || this.#attempting || this.#abort.signal.aborted) return;
    const delay = Math.max(0, next.at - this.#options.now());
    this.#timer = setTimeout(() => void this.#attempt(next.regular), delay).unref();
  }

  async #attempt(regular: boolean): Promise<void> {
    const { attempt, changed, now, observe } = this.#options;
    const startedAt = now();
    this.#attempting = true;
    const outcome = await attempt(this.#abort.signal);
    this.#attempting = false;
    if (this.#course === undefined || this.#abort.signal.aborted) return;
    const before = this.#course.verdict;
    this.#course = afterAttempt(this.#course, outcome, { regular, startedAt, endedAt: now() });
    if (regular || outcome.result === 'success' || outcome.result === 'warning') observe(outcome);
    this.#plan();
    if (this.#course.verdict !== before) changed(this.#course.verdict);
  }
}
