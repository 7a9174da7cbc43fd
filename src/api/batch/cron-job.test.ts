import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { cronJobKind } from './cron-job.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1', resources: {} }] } };
const usual = {
  schedule: '*/5 * * * *',
  jobTemplate: { metadata: {}, spec: { template: { metadata: {}, ...template } } },
};
const cronJob = (spec: object = {}, name = 'test') =>
  made(cronJobKind, { metadata: { name }, spec: { ...usual, ...spec }, status: {} });

it('a CronJob gets its defaults; its Jobs get theirs when they are made', () => {
  const { spec } = cronJob();
  assert.equal(spec.concurrencyPolicy, 'Allow');
  assert.equal(spec.suspend, false);
  assert.equal(spec.successfulJobsHistoryLimit, 3);
  assert.equal(spec.failedJobsHistoryLimit, 1);
  assert.equal(spec.jobTemplate.spec.backoffLimit, undefined);
  assert.equal(spec.jobTemplate.spec.template.spec.dnsPolicy, 'ClusterFirst');
});

describe('the faults of a CronJob', () => {
  const tz = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  const cases: Record<string, readonly [ReturnType<typeof cronJob>, ...faults: string[]]> = {
    none: [cronJob({ timeZone: 'Europe/Berlin' })],
    'no schedule': [cronJob({ schedule: '' }), 'spec.schedule: Required value'],
    'a faulty schedule': [
      cronJob({ schedule: '* * * *' }),
      'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]',
    ],
    'a zone in the schedule': [
      cronJob({ schedule: 'TZ=UTC 0 * * * *' }),
      `spec.schedule: Invalid value: "TZ=UTC 0 * * * *": ${tz}`,
    ],
    'no name of a zone': [
      cronJob({ timeZone: '' }),
      'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string',
    ],
    'the zone of the machine': [
      cronJob({ timeZone: 'Local' }),
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    'an unknown zone': [
      cronJob({ timeZone: 'Mars/Base' }),
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    ],
    'an offset for a zone': [
      cronJob({ timeZone: '+0100' }),
      'spec.timeZone: Invalid value: "+0100": unknown time zone +0100',
    ],
    'a zone in the wrong case': [
      cronJob({ timeZone: 'AMERICA/new_york' }),
      'spec.timeZone: Invalid value: "AMERICA/new_york": unknown time zone AMERICA/new_york',
    ],
    'a selector of its own': [
      cronJob({ jobTemplate: { spec: { ...usual.jobTemplate.spec, manualSelector: true, selector: {} } } }),
      'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
    'less than none': [
      cronJob({ startingDeadlineSeconds: -1 }),
      'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    'a long name': [
      cronJob({}, 'n'.repeat(53)),
      `metadata.name: Invalid value: "${'n'.repeat(53)}": must be no more than 52 characters`,
    ],
  };
  for (const [name, [object, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(cronJobKind, object), faults));
  }
});

it('a CronJob is shown by its schedule and what runs', () => {
  const fresh = cellsOf(cronJobKind, cronJob());
  assert.deepEqual(fresh, {
    Name: 'test',
    Schedule: '*/5 * * * *',
    Timezone: '<none>',
    Suspend: 'False',
    Active: 0,
    'Last Schedule': '<none>',
    Age: '5m',
    Containers: 'main',
    Images: 'work:1',
    Selector: '<none>',
  });
  const status = { active: [{ name: 'a' }], lastScheduleTime: '2026-01-01T00:04:30Z' };
  const running = cellsOf(cronJobKind, { ...cronJob({ timeZone: 'Asia/Tokyo', suspend: true }), status });
  assert.deepEqual(
    [running['Timezone'], running['Suspend'], running['Active'], running['Last Schedule']],
    ['Asia/Tokyo', 'True', 1, '30s'],
  );
});
