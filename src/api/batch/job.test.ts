import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec } from '../core/pod-spec.schema.ts';
import { faultsOf, made } from '../testing/judge.ts';
import type { Job } from './job.schema.ts';
import { jobKind } from './job.ts';

function job(spec: Partial<Job['spec']> = {}, template: Partial<PodSpec> = {}): Job {
  const containers = [{ name: 'main', image: 'work:1', resources: {} }];
  const pod = { metadata: {}, spec: { containers, restartPolicy: 'Never', ...template } };
  return made(jobKind, { metadata: { name: 'work' }, spec: { template: pod, ...spec }, status: {} });
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
    'labels that belong to another Job': [
      job({
        template: {
          metadata: { labels: { 'job-name': 'other' } },
          spec: { containers: [{ name: 'main', image: 'work:1', resources: {} }], restartPolicy: 'Never' },
        },
      }),
      [
        'spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"work","controller-uid":"u","job-name":"other"}: must be \'work\'',
      ],
    ],
    'numbers that make names too long': [
      {
        ...job({ completionMode: 'Indexed', completions: 100 }),
        metadata: { ...job().metadata, name: 'n'.repeat(61) },
      },
      [
        ...['batch.kubernetes.io/job-name', 'job-name'].map(
          (key) =>
            `spec.template.metadata.labels[${key}]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"work","controller-uid":"u","job-name":"work"}: must be '${'n'.repeat(61)}'`,
        ),
        `metadata.name: Invalid value: "${'n'.repeat(61)}": will not able to create pod with invalid DNS label: ${'n'.repeat(61)}-99`,
      ],
    ],
    'rules for failures': [
      job({
        podFailurePolicy: {
          rules: [
            { action: 'FailIndex', onExitCodes: { operator: 'In', values: [3, 0, 3], containerName: 'side' } },
            { action: 'Ignore' },
          ],
        },
      }),
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "side": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
        'spec.podFailurePolicy.rules[1]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    'rules for success': [
      job({
        completionMode: 'Indexed',
        completions: 5,
        successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 4 }, { succeededIndexes: '3,1' }, {}] },
      }),
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1',
        'spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      ],
    ],
    'another manager without a domain': [
      job({ managedBy: 'me' }),
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
  };
  for (const [name, [subject, expected]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(jobKind, subject), expected));
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
    'others that pods want to be near, before it has begun': [
      job({ suspend: true }),
      job({ suspend: true }, { affinity: { podAffinity: {}, nodeAffinity: {} } }),
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
