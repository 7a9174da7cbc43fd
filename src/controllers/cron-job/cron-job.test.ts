import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import pino from 'pino';
import type { CronJob } from '../../api/batch/cron-job.schema.ts';
import type { Job } from '../../api/batch/job.schema.ts';
import { cronJobs, jobs } from '../../api/resources.ts';
import { parseCronSchedule } from '../../api/values/cron-schedule.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { startControllers } from '../start.ts';
import { TestServer } from '../testing/server.ts';
import { endOf, planCronJob } from './reconcile.ts';
import { dueTimes } from './schedule.ts';
import { inZone } from './zoned-time.ts';

const at = (time: string): number => Date.parse(`2026-03-10T${time}Z`);

function cronJob(spec: object = {}, status: object = {}): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cj', namespace: 'default', uid: 'u', creationTimestamp: '2026-03-10T10:00:30Z' },
    spec: {
      schedule: '*/10 * * * *',
      concurrencyPolicy: 'Allow',
      jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } },
      ...spec,
    },
    status,
  } as unknown as CronJob;
}

function job(name: string, end?: string, startTime = '2026-03-10T10:10:00Z'): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: startTime },
    spec: {},
    status: {
      startTime,
      ...(end === undefined
        ? {}
        : { conditions: [{ type: end, status: 'True' }], completionTime: '2026-03-10T10:11:00Z' }),
    },
  } as unknown as Job;
}

const active = (...names: readonly string[]): object => ({
  active: names.map((name) => ({ name, uid: `uid-${name}` })),
});

interface Case {
  readonly cronJob: CronJob;
  readonly jobs?: readonly Job[];
  readonly now: string;
  readonly creates?: string | undefined;
  readonly deletes?: readonly string[];
  readonly reasons?: readonly string[];
  readonly next?: string | undefined;
  readonly active?: readonly string[];
}

const minute = (time: string): string => `cj-${at(time) / 60_000}`;

describe('what a CronJob comes to', () => {
  const cases: Readonly<Record<string, Case>> = {
    'nothing is due before its time': { cronJob: cronJob(), now: '10:09:59', next: '10:10:00' },
    'a Job at its time': { cronJob: cronJob(), now: '10:10:00', creates: minute('10:10:00'), next: '10:20:00' },
    'of the times missed, the newest': {
      cronJob: cronJob(),
      now: '10:45:10',
      creates: minute('10:40:00'),
      next: '10:50:00',
    },
    'the same time only once': {
      cronJob: cronJob({}, { lastScheduleTime: '2026-03-10T10:10:00Z' }),
      now: '10:12:00',
      next: '10:20:00',
    },
    'no Job when it is suspended': { cronJob: cronJob({ suspend: true }), now: '10:10:00' },
    'no Job after the deadline': {
      cronJob: cronJob({ startingDeadlineSeconds: 60 }),
      now: '10:15:00',
      next: '10:20:00',
    },
    'a Job within the deadline': {
      cronJob: cronJob({ startingDeadlineSeconds: 60 }),
      now: '10:10:59',
      creates: minute('10:10:00'),
      next: '10:20:00',
    },
    'Forbid waits for the one before': {
      cronJob: cronJob({ concurrencyPolicy: 'Forbid' }, active('j')),
      jobs: [job('j')],
      now: '10:20:01',
      reasons: ['JobAlreadyActive'],
      next: '10:30:00',
      active: ['j'],
    },
    'Replace ends the one before': {
      cronJob: cronJob({ concurrencyPolicy: 'Replace' }, active('j')),
      jobs: [job('j')],
      now: '10:20:01',
      creates: minute('10:20:00'),
      deletes: ['j'],
      next: '10:30:00',
    },
    'a Job that is over is active no more, and too many of them go': {
      cronJob: cronJob(
        { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 },
        { ...active('new', 'bad'), lastScheduleTime: '2026-03-10T10:20:00Z' },
      ),
      jobs: [
        job('old', 'Complete', '2026-03-10T09:50:00Z'),
        job('new', 'Complete', '2026-03-10T10:20:00Z'),
        job('bad', 'Failed'),
      ],
      now: '10:21:00',
      reasons: ['SawCompletedJob', 'SawCompletedJob'],
      deletes: ['old', 'bad'],
      next: '10:30:00',
    },
    'a Job that vanished, and one that nobody knows': {
      cronJob: cronJob({}, { ...active('gone'), lastScheduleTime: '2026-03-10T10:20:00Z' }),
      jobs: [job('stranger')],
      now: '10:21:00',
      reasons: ['MissingJob', 'UnexpectedJob'],
      next: '10:30:00',
    },
    'a schedule and a zone that cannot be read': {
      cronJob: cronJob({ timeZone: 'Nowhere/Land' }),
      now: '10:10:00',
      reasons: ['UnknownTimeZone'],
    },
    'a long outage is told': {
      cronJob: cronJob({ schedule: '* * * * *' }, { lastScheduleTime: '2026-03-01T00:00:00Z' }),
      now: '10:10:30',
      creates: minute('10:10:00'),
      reasons: ['TooManyMissedTimes'],
      next: '10:11:00',
    },
  };
  for (const [name, expected] of Object.entries(cases)) {
    it(name, () => {
      const plan = planCronJob({ cronJob: expected.cronJob, jobs: expected.jobs ?? [], now: at(expected.now) });
      assert.equal(plan.create?.job.metadata.name, expected.creates);
      assert.deepEqual(
        plan.delete.map(({ metadata }) => metadata.name),
        expected.deletes ?? [],
      );
      assert.deepEqual(
        plan.events.map(({ reason }) => reason),
        expected.reasons ?? [],
      );
      assert.equal(plan.next, expected.next === undefined ? undefined : at(expected.next));
      assert.deepEqual(
        (plan.status.active ?? []).map((reference) => reference.name),
        expected.active ?? [],
      );
    });
  }
});

test('a Job says for which moment it was made, in the zone of its CronJob', () => {
  const plan = planCronJob({
    cronJob: cronJob({ schedule: '0 7 * * *', timeZone: 'America/New_York' }),
    jobs: [],
    now: at('11:00:05'),
  });
  assert.deepEqual(plan.create?.job.metadata.annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-03-10T07:00:00-04:00',
  });
  assert.equal(inZone(at('11:00:05'), 'Asia/Kolkata'), '2026-03-10T16:30:05+05:30');
});

test('the newest time is found however long ago the last one was', () => {
  const newest = (schedule: string, earliest: string): string => {
    const options = { earliest: Date.parse(earliest), now: at('10:10:30'), timeZone: 'UTC' };
    return new Date(dueTimes(parseCronSchedule(schedule), options).newest ?? 0).toISOString();
  };
  assert.equal(newest('* * * * *', '2020-01-01T00:00:00Z'), '2026-03-10T10:10:00.000Z');
  assert.equal(newest('0 0 * * 1', '2020-01-01T00:00:00Z'), '2026-03-09T00:00:00.000Z');
  assert.equal(newest('0 0 29 2 *', '1990-01-01T00:00:00Z'), '2024-02-29T00:00:00.000Z');
  assert.equal(newest('@every 1h', '2026-03-10T00:20:00Z'), '2026-03-10T09:20:00.000Z');
});

test('a CronJob starts its Job on a server, and hears of its end', async () => {
  const server = new TestServer();
  const stop = new AbortController();
  const running = startControllers({ client: server, logger: pino({ level: 'silent' }) }, stop.signal);
  server.seed(cronJobs, { ...cronJob({ schedule: '* * * * *' }), status: {} });
  const started = await eventually('a Job', () => server.all(jobs)[0]);
  await eventually('its name in the status', () => {
    const [reference] = server.stored(cronJobs, 'cj', 'default')?.status.active ?? [];
    return reference?.uid === started.metadata.uid;
  });
  const conditions = [{ type: 'Complete', status: 'True' }];
  server.seed(jobs, { ...started, status: { conditions, completionTime: new Date().toISOString() } });
  await eventually('its end', () => {
    const { status } = server.stored(cronJobs, 'cj', 'default') ?? {};
    return status?.lastSuccessfulTime !== undefined;
  });
  assert.ok(server.all(jobs).some((one) => endOf(one) === 'Complete'));
  stop.abort();
  await running;
});
