import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Probe } from '../../api/core/container.schema.ts';
import type { Course } from './course.ts';
import { afterAttempt, beginCourse, nextAttempt, ruleOf } from './course.ts';
import type { ProbeOutcome } from './outcome.ts';
import { answeredFailure, failure, success } from './outcome.ts';
import type { ProbeKind, ProbeVerdict } from './types.ts';

const t0 = 1_000_000;

interface Run {
  readonly attempts: { at: number; regular: boolean }[];
  /** When the verdict became what. */
  readonly verdicts: [at: number, verdict: ProbeVerdict][];
  readonly course: Course;
}

/** Lets a course run for `forMs` on a container whose probe gives `outcome(t)`, t since the container's start. */
function run(
  kind: ProbeKind,
  probe: Probe,
  forMs: number,
  outcome: (t: number) => ProbeOutcome,
  start: Partial<Parameters<typeof beginCourse>[1]> = {},
): Run {
  const from = start.now ?? t0;
  let course = beginCourse(ruleOf(kind, probe), {
    startedAt: t0,
    openedAt: t0,
    now: t0,
    verdict: 'unknown',
    random: 0.5,
    ...start,
  });
  const result: Run = { attempts: [], verdicts: [], course };
  for (;;) {
    const next = nextAttempt(course);
    if (next === undefined || next.at > from + forMs) return { ...result, course };
    result.attempts.push({ at: next.at - t0, regular: next.regular });
    const after = afterAttempt(course, outcome(next.at - t0), {
      regular: next.regular,
      startedAt: next.at,
      endedAt: next.at,
    });
    if (after.verdict !== course.verdict) result.verdicts.push([next.at - t0, after.verdict]);
    course = after;
  }
}

const regularTimes = ({ attempts }: Run): number[] => attempts.flatMap(({ at, regular }) => (regular ? [at] : []));
const refused = failure('refused');
const http: Probe = { httpGet: { port: 80 } };

describe('course of a probe', () => {
  it('finds a server soon after it listens, however slowly that starts', () => {
    for (const listensAt of [1, 150, 700, 3000, 9500, 30_000]) {
      const { verdicts } = run('readiness', http, 60_000, (t) => (t >= listensAt ? success : refused));
      const [[at, verdict] = [0, 'unknown']] = verdicts;
      assert.equal(verdict, 'success');
      const late = at - listensAt;
      assert.ok(late <= Math.max(20, Math.min(listensAt / 8 + 20, 1000)), `${late} ms late at ${listensAt} ms`);
    }
  });

  it('counts no failure of an extra attempt', () => {
    const result = run('readiness', { ...http, periodSeconds: 5, failureThreshold: 2 }, 12_000, () => refused);
    assert.deepEqual(regularTimes(result), [5000, 10_000]);
    assert.deepEqual(result.verdicts, [[10_000, 'failure']]);
    assert.ok(result.attempts.length < 60);
  });

  it('asks a server that answers with an error about once a second', () => {
    const { attempts } = run('readiness', http, 9000, () => answeredFailure('500'));
    assert.equal(attempts.length, 10);
  });

  it('makes few extra attempts that start a process', () => {
    const { attempts } = run('readiness', { exec: { command: ['false'] } }, 9000, () => answeredFailure(''));
    assert.ok(attempts.length < 25, String(attempts.length));
  });

  it('makes no extra attempts after the first success, nor for old containers', () => {
    const flaky = run('readiness', http, 45_000, (t) => (t === 0 ? success : refused));
    assert.deepEqual(regularTimes(flaky), [10_000, 20_000, 30_000, 40_000]);
    assert.equal(flaky.attempts.length, 5);
    assert.deepEqual(flaky.verdicts, [
      [0, 'success'],
      [30_000, 'failure'],
    ]);
    const old = run('readiness', http, 11_000, () => refused, { now: t0 + 100_000 });
    assert.deepEqual(old.attempts, [
      { at: 100_500, regular: true },
      { at: 110_500, regular: true },
    ]);
  });

  it('waits for the initial delay, and then probes as it is told', () => {
    const result = run('readiness', { ...http, initialDelaySeconds: 7 }, 20_000, () => refused);
    assert.deepEqual(result.attempts, [
      { at: 7000, regular: true },
      { at: 17_000, regular: true },
    ]);
  });

  it('needs as many successes in a row as it is told, a period apart', () => {
    const probe = { ...http, successThreshold: 3, periodSeconds: 2 };
    const { verdicts } = run('readiness', probe, 20_000, (t) => (t === 2000 ? refused : success));
    assert.deepEqual(verdicts, [[8000, 'success']]);
  });

  it('kills no container in its first period, and stops probing one that is to be restarted', () => {
    const result = run('liveness', { ...http, periodSeconds: 5 }, 60_000, () => refused);
    assert.deepEqual(regularTimes(result), [5000, 10_000, 15_000]);
    assert.equal(result.attempts.length, 3);
    assert.deepEqual(result.verdicts, [[15_000, 'failure']]);
    assert.equal(result.course.over, true);
  });

  it('begins again to count failures after a success', () => {
    const { verdicts } = run('liveness', http, 60_000, (t) => (t === 30_000 ? success : refused));
    assert.deepEqual(verdicts, [
      [30_000, 'success'],
      [60_000, 'failure'],
    ]);
  });

  it('ends a startup probe with its first verdict', () => {
    const good = run('startup', http, 60_000, (t) => (t >= 100 ? success : refused));
    assert.deepEqual([good.course.over, good.course.verdict], [true, 'success']);
    const bad = run('startup', { ...http, failureThreshold: 2 }, 60_000, () => refused);
    assert.deepEqual(bad.verdicts, [[20_000, 'failure']]);
    assert.equal(bad.course.over, true);
  });

  it('is eager once the startup probe has let it begin, late as that may be', () => {
    const now = t0 + 300_000;
    const { attempts } = run('readiness', http, 1000, () => success, { now, openedAt: now });
    assert.deepEqual(attempts, [{ at: 300_000, regular: false }]);
  });

  it('counts errors of the prober as nothing', () => {
    const error: ProbeOutcome = { result: 'error', output: 'away' };
    const { verdicts } = run('liveness', http, 100_000, () => error);
    assert.deepEqual(verdicts, []);
  });

  it('goes on from what an earlier kubelet knew', () => {
    const now = t0 + 500_000;
    const still = run('readiness', http, 25_000, () => refused, { now, verdict: 'success' });
    assert.deepEqual(still.verdicts, [[520_500, 'failure']]);
    const started = run('startup', http, 25_000, () => refused, { now, verdict: 'success' });
    assert.deepEqual(started.attempts, []);
  });
});
