import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from './job.schema.ts';
import { jobKind } from './job.ts';

function job(spec: Partial<Job['spec']> = {}, template: Partial<Job['spec']['template']['spec']> = {}): Job {
  const made: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      template: {
        metadata: {},
        spec: { containers: [{ name: 'main', image: 'work:1', resources: {} }], restartPolicy: 'Never', ...template },
      },
      ...spec,
    },
    status: {},
  };
  const complete = jobKind.defaults?.(made) ?? made;
  return jobKind.prepareForCreate?.(complete, { now: '', user: '' }) ?? complete;
}

it('a Job gets its defaults, and labels and selector of its own', () => {
  const { metadata, spec } = job();
  assert.deepEqual(
    [spec.completions, spec.parallelism, spec.backoffLimit, spec.completionMode],
    [1, 1, 6, 'NonIndexed'],
  );
  assert.deepEqual(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } });
  assert.deepEqual(spec.template.metadata.labels, {
    'batch.kubernetes.io/controller-uid': 'u',
    'controller-uid': 'u',
    'batch.kubernetes.io/job-name': 'work',
    'job-name': 'work',
  });
  assert.deepEqual(metadata.labels, spec.template.metadata.labels);
  assert.equal(job({ parallelism: 3 }).spec.completions, undefined);
});

describe('the faults of a Job', () => {
  const cases: Record<string, readonly [Job, readonly string[]]> = {
    none: [job(), []],
    'pods that never end': [
      job({}, { restartPolicy: 'Always' }),
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    'less than none': [
      job({ parallelism: -1 }),
      ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    ],
    'numbers without an end': [
      job({ completionMode: 'Indexed', parallelism: 2 }),
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    'a selector that misses': [
      job({ manualSelector: true, selector: { matchLabels: { a: 'b' } } }),
      ['spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`'],
    ],
  };
  for (const [name, [subject, expected]] of Object.entries(cases)) {
    it(name, () => {
      const errors = jobKind.validate?.(subject) ?? [];
      assert.deepEqual(
        errors.map(({ field, message }) => `${field}: ${message}`),
        expected,
      );
    });
  }
});

describe('a change of a Job', () => {
  const cases: Record<string, readonly [Job, Job, readonly string[]]> = {
    'more at a time': [job(), job({ parallelism: 5, completions: 1 }), []],
    'more to do': [job(), job({ completions: 5 }), ['spec.completions']],
    'more to do, with numbers, all at once': [
      job({ completionMode: 'Indexed', completions: 2, parallelism: 2 }),
      job({ completionMode: 'Indexed', completions: 4, parallelism: 4 }),
      [],
    ],
    'another place before it has begun': [
      job({ suspend: true }),
      job({ suspend: true }, { nodeSelector: { a: 'b' } }),
      [],
    ],
    'another place': [job(), job({}, { nodeSelector: { a: 'b' } }), ['spec.template']],
  };
  for (const [name, [old, next, expected]] of Object.entries(cases)) {
    it(name, () =>
      assert.deepEqual(
        (jobKind.validateUpdate?.(next, old) ?? []).map(({ field }) => field),
        expected,
      ),
    );
  }
});

describe('how a Job is shown', () => {
  const cell = (name: string, status: Job['status'], spec: Partial<Job['spec']> = {}) =>
    jobKind.columns
      ?.find((column) => column.name === name)
      ?.cell({ ...job(spec), status }, Date.parse('2026-01-01T00:02:00Z'));
  const startTime = '2026-01-01T00:00:00Z';
  it('by its status', () => {
    assert.equal(cell('Status', {}), 'Running');
    assert.equal(cell('Status', { conditions: [{ type: 'Failed', status: 'True' }] }), 'Failed');
    assert.equal(cell('Status', { conditions: [{ type: 'Suspended', status: 'True' }] }), 'Suspended');
  });
  it('by what it has done', () => {
    assert.equal(cell('Completions', { succeeded: 1 }, { completions: 3 }), '1/3');
    assert.equal(cell('Completions', {}, { parallelism: 2 }), '0/1 of 2');
    assert.equal(cell('Duration', { startTime, completionTime: '2026-01-01T00:00:07Z' }), '7s');
    assert.equal(cell('Duration', { startTime }), '2m');
  });
});
