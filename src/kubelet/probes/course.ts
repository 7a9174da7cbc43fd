import type { Probe } from '../../api/core/container.schema.ts';
import type { ProbeOutcome } from './outcome.ts';
import type { ProbeKind, ProbeVerdict } from './types.ts';

/**
 * The course of one probe on one container, without clock or I/O: when to try next, and what the outcomes mean.
 *
 * Regular attempts come every period, and their outcomes count towards the thresholds as upstream has it. Besides them,
 * a young container that has not succeeded yet is tried again and again in between, so that it is ready the moment it
 * listens; of these extra attempts only a success counts.
 */
export interface CourseRule {
  readonly kind: ProbeKind;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** An attempt starts a process in the container. */
  readonly costly: boolean;
}

export interface Course {
  readonly rule: CourseRule;
  readonly verdict: ProbeVerdict;
  readonly last: 'success' | 'failure' | undefined;
  /** How many outcomes in a row were like the last. */
  readonly run: number;
  /** When probing began, or was let begin by the startup probe. */
  readonly beganAt: number;
  /** When the next regular attempt is due. */
  readonly regularAt: number;
  /** When the next extra attempt is due; undefined when there are to be no more. */
  readonly extraAt: number | undefined;
  /** No more attempts: the container has started, or is to be restarted. */
  readonly over: boolean;
}

/** How long a young container gets extra attempts. */
const youthMs = 60_000;
const shortestMs = 20;
const shortestCostlyMs = 250;
const longestMs = 1000;

/** The numbers of a probe, with the API's defaults for what is missing. */
export function ruleOf(kind: ProbeKind, probe: Probe): CourseRule {
  return {
    kind,
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds ?? 10) * 1000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
    costly: probe.exec !== undefined,
  };
}

export interface CourseStart {
  /** When the container started. */
  readonly startedAt: number;
  /** When the startup probe let this one begin; the container's start where there is none. */
  readonly openedAt: number;
  readonly now: number;
  /** What is known already, of an earlier kubelet. */
  readonly verdict: ProbeVerdict;
  /** In [0, 1): spreads the first attempts on containers that have long been running. */
  readonly random: number;
}

/** The course of a probe that begins at `now`; all times are in milliseconds since the epoch. */
export function beginCourse(rule: CourseRule, start: CourseStart): Course {
  const { kind, initialDelayMs, periodMs } = rule;
  const { now, openedAt, random, startedAt, verdict } = start;
  const young = now - openedAt < youthMs;
  const eager = young && initialDelayMs === 0 && kind !== 'liveness' && verdict === 'unknown';
  let regularAt = now + periodMs;
  if (initialDelayMs > 0) regularAt = Math.max(now, startedAt + initialDelayMs);
  else if (!young) regularAt = now + random * Math.min(periodMs, longestMs);
  const over = kind === 'startup' && verdict === 'success';
  return { rule, verdict, last: undefined, run: 0, beganAt: now, regularAt, extraAt: eager ? now : undefined, over };
}

/** When to try next, and whether a failure will count; undefined when the course is over. */
export function nextAttempt({ extraAt, over, regularAt }: Course): { at: number; regular: boolean } | undefined {
  if (over) return undefined;
  return extraAt !== undefined && extraAt < regularAt
    ? { at: extraAt, regular: false }
    : { at: regularAt, regular: true };
}

export interface Attempt {
  readonly regular: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The course after an attempt. */
export function afterAttempt(course: Course, outcome: ProbeOutcome, attempt: Attempt): Course {
  const { rule } = course;
  const good = outcome.result === 'success' || outcome.result === 'warning';
  const counts = good || (attempt.regular && outcome.result === 'failure');
  const timed: Course = {
    ...course,
    regularAt: attempt.regular || good ? attempt.startedAt + rule.periodMs : course.regularAt,
    extraAt: good ? undefined : nextExtra(course, outcome, attempt.endedAt),
  };
  if (!counts) return timed;
  const last = good ? 'success' : 'failure';
  const run = course.last === last ? course.run + 1 : 1;
  const threshold = good ? rule.successThreshold : rule.failureThreshold;
  if (run < threshold) return { ...timed, last, run };
  const over = rule.kind === 'startup' || (rule.kind === 'liveness' && !good);
  return { ...timed, last, run, verdict: last, over };
}

/** Extra attempts grow rarer with the container's age, and are rare for one that answers already. */
function nextExtra({ beganAt, extraAt, rule }: Course, outcome: ProbeOutcome, now: number): number | undefined {
  const age = now - beganAt;
  if (extraAt === undefined || age > youthMs) return undefined;
  const shortest = rule.costly ? shortestCostlyMs : shortestMs;
  const wait = outcome.answered === true && !rule.costly ? longestMs : Math.min(Math.max(age / 8, shortest), longestMs);
  return now + wait;
}
