import { validateReplicaCounts } from '../validation/status-counts.ts';
import { defineKind } from '../kind.ts';
import { ReplicaSet } from './replica-set.schema.ts';
import type { FieldError } from '../field-error.ts';
import { requiredField } from '../field-error.ts';
import { ageColumn, countColumn, nameColumn, selectorColumn, templateColumns } from '../columns.ts';
import { defaultPodTemplate, validateReplicatedTemplate } from '../core/pod-template-spec.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import type { ReplicaSetSpec } from './replica-set.schema.ts';
import { validateWorkloadSelector } from './selector.ts';

const noReplicas = { replicas: 0 };

const defaultSpec = (spec: ReplicaSetSpec): ReplicaSetSpec => ({
  ...spec,
  replicas: spec.replicas ?? 1,
  ...ifSet('template', spec.template, defaultPodTemplate),
});

function validateSpec(spec: ReplicaSetSpec): FieldError[] {
  return [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateWorkloadSelector(spec.selector, 'deployment', 'spec.selector'),
    ...(spec.template === undefined
      ? [requiredField('spec.template')]
      : validateReplicatedTemplate(spec.template, spec.selector, 'ReplicaSet', 'spec.template')),
  ];
}

export const replicaSetKind = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicaSet,
  subresources: {
    scale: {
      specReplicas: ['spec', 'replicas'],
      statusReplicas: ['status', 'replicas'],
      selector: ['spec', 'selector'],
    },
    status: true,
  },
  defaults: (set) => ({ ...set, spec: defaultSpec(set.spec), status: { ...noReplicas, ...set.status } }),
  prepareForCreate: (set) => ({ ...set, status: noReplicas }),
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec.selector, old.selector, 'spec.selector'),
  warnings: (set, old) => workloadWarnings(set, old, set.spec.template),
  selectableFields: { 'status.replicas': ({ status }) => String(status.replicas) },
  validateStatus: ({ status }) => validateReplicaCounts(status),
  columns: [
    nameColumn(),
    countColumn('Desired', ({ spec }) => spec.replicas),
    countColumn('Current', ({ status }) => status.replicas),
    countColumn('Ready', ({ status }) => status.readyReplicas),
    ageColumn(),
    ...templateColumns<ReplicaSet>(({ spec }) => spec.template),
    selectorColumn(({ spec }) => spec.selector),
  ],
});
