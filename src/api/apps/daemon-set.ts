import { validateCollisions, validateCounts } from '../validation/status-counts.ts';
import { defineKind } from '../kind.ts';
import { DaemonSet } from './daemon-set.schema.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { ageColumn, countColumn, nameColumn, selectorColumn, templateColumns, textColumn } from '../columns.ts';
import { defaultPodTemplate, validateReplicatedTemplate } from '../core/pod-template-spec.ts';
import { podTemplateWarnings, workloadWarnings } from '../core/pod-warnings.ts';
import { semanticallyEqual, validateImmutable } from '../validation/equality.ts';
import {
  numberOrPercentValue,
  validateNonNegative,
  validateNotMoreThan100Percent,
  validateNumberOrPercent,
} from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { formatLabels } from '../values/label-selector.ts';
import type { DaemonSetSpec, DaemonSetUpdateStrategy } from './daemon-set.schema.ts';
import { validateWorkloadSelector } from './selector.ts';

const nothingScheduled = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};

function defaultStrategy(strategy: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  const { type = 'RollingUpdate', rollingUpdate = {} } = strategy;
  if (type !== 'RollingUpdate') return strategy;
  const { maxSurge = 0 } = rollingUpdate;
  return { type, rollingUpdate: { maxSurge, maxUnavailable: rollingUpdate.maxUnavailable ?? 1 } };
}

const defaultSpec = (spec: DaemonSetSpec): DaemonSetSpec => ({
  ...spec,
  ...ifSet('template', spec.template, defaultPodTemplate),
  updateStrategy: defaultStrategy(spec.updateStrategy ?? {}),
  revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
});

function validateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy): FieldError[] {
  if (type === 'OnDelete') return [];
  const path = 'spec.updateStrategy.rollingUpdate';
  const { maxUnavailable = 1, maxSurge = 0 } = rollingUpdate ?? {};
  const errors = [
    ...validateNumberOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateNotMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateNumberOrPercent(maxSurge, `${path}.maxSurge`),
    ...validateNotMoreThan100Percent(maxSurge, `${path}.maxSurge`),
  ];
  const [missing, surplus] = [numberOrPercentValue(maxUnavailable), numberOrPercentValue(maxSurge)];
  if (missing > 0 && surplus > 0) {
    errors.push(invalidField(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (missing === 0 && surplus === 0) {
    errors.push(invalidField(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

function validateSpec(spec: DaemonSetSpec): FieldError[] {
  return [
    ...validateWorkloadSelector(spec.selector, 'daemonset', 'spec.selector'),
    ...(spec.template === undefined
      ? []
      : validateReplicatedTemplate(spec.template, spec.selector, 'DaemonSet', 'spec.template')),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateStrategy(spec.updateStrategy),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

const generationAnnotation = 'deprecated.daemonset.template.generation';

/** The annotation counts the changes of the template, whatever clients write there. */
function countTemplates(set: DaemonSet, old?: DaemonSet): DaemonSet {
  const before = Number(old?.metadata.annotations?.[generationAnnotation] ?? 0);
  const same = old !== undefined && before > 0 && semanticallyEqual(set.spec.template, old.spec.template);
  const generation = String(same ? before : before + 1);
  const annotations = { ...set.metadata.annotations, [generationAnnotation]: generation };
  return { ...set, metadata: { ...set.metadata, annotations } };
}

const scheduledCounts = [
  ...Object.keys(nothingScheduled),
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: DaemonSet,
  subresources: {
    status: true,
  },
  defaults: (set) => ({ ...set, spec: defaultSpec(set.spec), status: { ...nothingScheduled, ...set.status } }),
  prepareForCreate: (set) => countTemplates({ ...set, status: nothingScheduled }),
  prepareForUpdate: countTemplates,
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec.selector, old.selector, 'spec.selector'),
  warnings: (set, old) =>
    old === undefined
      ? podTemplateWarnings(set.spec.template, 'spec.template')
      : workloadWarnings(set, old, set.spec.template),
  validateStatus: ({ status }, { status: old }) => [
    ...validateCounts(status, scheduledCounts),
    ...validateCollisions(status, old),
  ],
  columns: [
    nameColumn(),
    countColumn('Desired', ({ status }) => status.desiredNumberScheduled),
    countColumn('Current', ({ status }) => status.currentNumberScheduled),
    countColumn('Ready', ({ status }) => status.numberReady),
    countColumn('Up-to-date', ({ status }) => status.updatedNumberScheduled),
    countColumn('Available', ({ status }) => status.numberAvailable),
    textColumn('Node Selector', ({ spec }) => formatLabels(spec.template.spec.nodeSelector)),
    ageColumn(),
    ...templateColumns<DaemonSet>(({ spec }) => spec.template),
    selectorColumn(({ spec }) => spec.selector),
  ],
});
