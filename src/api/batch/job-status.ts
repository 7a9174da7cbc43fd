import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, invalidWhole, requiredField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { validateCounts } from '../validation/status-counts.ts';
import { IndexesError, parseIndexes, sharedIndex } from './indexes.ts';
import type { Job } from './job.schema.ts';

const conditionsPath = 'status.conditions';
const holds = ({ status }: Job, type: string): boolean =>
  (status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
const isFinished = (job: Job): boolean => holds(job, 'Complete') || holds(job, 'Failed');

/** A Job before and after a report, and which parts of its status the report changes: only those are judged. */
class Report {
  readonly now: Job;
  readonly before: Job;

  constructor(now: Job, before: Job) {
    this.now = now;
    this.before = before;
  }

  changed(...names: readonly (keyof Job['status'])[]): boolean {
    return names.some((name) => !semanticallyEqual(this.now.status[name], this.before.status[name]));
  }

  turned(...types: readonly string[]): boolean {
    return types.some((type) => holds(this.now, type) !== holds(this.before, type));
  }

  get finishes(): boolean {
    return isFinished(this.now) !== isFinished(this.before);
  }
}

function validateUncounted({ status }: Job): FieldError[] {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const seen = new Set<string>();
  return [
    ...succeeded.map((uid, index) => ['succeeded', uid, index] as const),
    ...failed.map((uid, index) => ['failed', uid, index] as const),
  ].flatMap(([list, uid, index]) => {
    const path = `status.uncountedTerminatedPods.${list}[${index}]`;
    if (uid === '') return [invalidField(path, uid, 'must not be empty')];
    if (seen.has(uid)) return [duplicateField(path, uid)];
    seen.add(uid);
    return [];
  });
}

/** What no two conditions may say at the same time. */
function validateTogether(report: Report): FieldError[] {
  const { now } = report;
  const [complete, failed, failing, met] = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'].map((type) =>
    holds(now, type),
  );
  const rules: readonly (readonly [applies: boolean, broken: boolean | undefined, words: string])[] = [
    [report.turned('Complete', 'Failed'), complete && failed, 'cannot set Complete=True and Failed=true conditions'],
    [
      report.turned('Complete', 'FailureTarget'),
      complete && failing,
      'cannot set Complete=True and FailureTarget=true conditions',
    ],
    [
      report.turned('Failed') || report.changed('failedIndexes'),
      failed && !failing,
      'cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      report.turned('Complete', 'SuccessCriteriaMet'),
      complete && !met,
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [true, met && failed, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [true, met && failing, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
    [
      now.spec.successPolicy !== undefined,
      complete && !met,
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
  ];
  return rules.flatMap(([applies, broken, words]) =>
    applies && broken === true ? [invalidWhole(conditionsPath, words)] : [],
  );
}

function validateTimes(report: Report): FieldError[] {
  const { now, before } = report;
  const { startTime, completionTime } = now.status;
  const path = 'status.completionTime';
  const errors: FieldError[] = [];
  if (report.turned('Complete') || report.changed('completionTime')) {
    if (completionTime !== undefined && !holds(now, 'Complete')) {
      errors.push(
        invalidField(path, completionTime, 'cannot set completionTime when there is no Complete=True condition'),
      );
    }
    if (completionTime === undefined && holds(now, 'Complete')) {
      errors.push(requiredField(path, 'completionTime is required for Complete jobs'));
    }
  }
  const isEarly = startTime !== undefined && completionTime !== undefined && completionTime < startTime;
  if (report.changed('startTime', 'completionTime') && isEarly) {
    errors.push(invalidField(path, completionTime, 'must be equal to or after `startTime`'));
  }
  const had = before.status.completionTime;
  if (completionTime !== undefined && had !== undefined && completionTime !== had) {
    errors.push(invalidField(path, completionTime, 'field is immutable'));
  }
  const resumes =
    holds(before, 'Suspended') &&
    (now.status.conditions ?? []).some(({ type, status }) => type === 'Suspended' && status === 'False');
  const started = before.status.startTime;
  if (started !== undefined && started !== startTime && !resumes && now.spec.suspend !== true) {
    errors.push(invalidField('status.startTime', startTime, 'field is immutable for unsuspended job once set'));
  }
  return errors;
}

/** Nothing runs any more, and nothing is left to count, when a Job has finished. */
function validateEnd(report: Report): FieldError[] {
  const { spec, status } = report.now;
  if (!isFinished(report.now)) return [];
  const { active = 0, terminating = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  const left = [...(uncounted?.succeeded ?? []), ...(uncounted?.failed ?? [])];
  const neverRan = spec.suspend === true && spec.completions === 0;
  const looksAt = (...names: readonly (keyof Job['status'])[]): boolean => report.finishes || report.changed(...names);
  return [
    ...(looksAt('active') && active > 0
      ? [invalidField('status.active', active, 'active>0 is invalid for finished job')]
      : []),
    ...(looksAt('startTime') && !neverRan && startTime === undefined
      ? [requiredField('status.startTime', 'startTime is required for finished job')]
      : []),
    ...(looksAt('uncountedTerminatedPods') && left.length > 0
      ? [invalidField('status.uncountedTerminatedPods', uncounted, 'must be empty for finished job')]
      : []),
    ...(looksAt('terminating') && terminating > 0
      ? [invalidField('status.terminating', terminating, 'terminating>0 is invalid for finished job')]
      : []),
  ];
}

function indexesOf(text: string, completions: number): ReturnType<typeof parseIndexes> | IndexesError {
  try {
    return parseIndexes(text, completions);
  } catch (error) {
    if (error instanceof IndexesError) return error;
    throw error;
  }
}

function validateIndexes(report: Report): FieldError[] {
  const { spec, status } = report.now;
  const { completedIndexes = '', failedIndexes } = status;
  const { completions, backoffLimitPerIndex } = spec;
  const [completedPath, failedPath] = ['status.completedIndexes', 'status.failedIndexes'] as const;
  const [completedChanged, failedChanged] = [report.changed('completedIndexes'), report.changed('failedIndexes')];
  const errors: FieldError[] = [];
  const completed = completions === undefined ? [] : indexesOf(completedIndexes, completions);
  const failed = completions === undefined ? [] : indexesOf(failedIndexes ?? '', completions);
  if (completedChanged && completed instanceof IndexesError) {
    errors.push(invalidField(completedPath, completedIndexes, `error parsing completedIndexes: ${completed.message}`));
  }
  if (failedChanged && backoffLimitPerIndex !== undefined && failed instanceof IndexesError) {
    errors.push(invalidField(failedPath, failedIndexes, `error parsing failedIndexes: ${failed.message}`));
  }
  if (completedChanged && completedIndexes !== '' && spec.completionMode !== 'Indexed') {
    const words = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalidField(completedPath, completedIndexes, words));
  }
  if (failedChanged && failedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    const words = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalidField(failedPath, failedIndexes, words));
  }
  if (
    (completedChanged || failedChanged) &&
    !(completed instanceof IndexesError) &&
    !(failed instanceof IndexesError)
  ) {
    const shared = sharedIndex(completed, failed);
    const words = `failedIndexes and completedIndexes overlap at index: ${shared}`;
    if (shared !== undefined) errors.push(invalidField(failedPath, failedIndexes, words));
  }
  return errors;
}

/** Counters only grow, and what has been decided stays. */
function validateProgress({ now, before }: Report): FieldError[] {
  const fall = (name: 'failed' | 'succeeded'): FieldError[] =>
    (now.status[name] ?? 0) < (before.status[name] ?? 0)
      ? [invalidField(`status.${name}`, now.status[name] ?? 0, `cannot decrease the ${name} counter`)]
      : [];
  const { completionMode, completions, parallelism } = now.spec;
  // The number of completions may be lowered with that of pods that run at once.
  const isElastic = completionMode === 'Indexed' && completions === parallelism;
  const late =
    holds(before, 'Complete') && !holds(before, 'SuccessCriteriaMet') && holds(now, 'SuccessCriteriaMet')
      ? [
          invalidWhole(
            conditionsPath,
            'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
          ),
        ]
      : [];
  return [
    ...['Failed', 'Complete', 'FailureTarget'].flatMap((type) =>
      holds(before, type) && !holds(now, type)
        ? [invalidWhole(conditionsPath, `cannot disable the terminal ${type}=True condition`)]
        : [],
    ),
    ...fall('failed'),
    ...(isElastic ? [] : fall('succeeded')),
    ...(holds(before, 'SuccessCriteriaMet') && !holds(now, 'SuccessCriteriaMet')
      ? [invalidWhole(conditionsPath, 'cannot disable the SuccessCriteriaMet=True condition')]
      : []),
    ...late,
  ];
}

/** The faults of what is reported of a Job: each part is judged when it changes. */
export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const report = new Report(job, old);
  const { ready = 0, active = 0 } = job.status;
  const isMore = report.changed('ready', 'active') && ready > active;
  return [
    ...validateCounts(job.status, ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...validateUncounted(job),
    ...validateTogether(report),
    ...validateTimes(report),
    ...validateEnd(report),
    ...validateIndexes(report),
    ...(isMore ? [invalidField('status.ready', ready, 'cannot set more ready pods than active')] : []),
    ...validateProgress(report),
  ];
}
