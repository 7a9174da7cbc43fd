import { validateReplicaCounts } from '../validation/status-counts.ts';
import { ageColumn, countColumn, nameColumn, templateColumns, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { formatLabels } from '../values/label-selector.ts';
import { defaultPodTemplate, validateReplicatedTemplate } from './pod-template-spec.ts';
import { workloadWarnings } from './pod-warnings.ts';
import { ReplicationController } from './replication-controller.schema.ts';

const noReplicas = { replicas: 0 };
const isEmpty = (labels: Readonly<Record<string, string>> = {}): boolean => Object.keys(labels).length === 0;

/** A controller without selector or labels has the labels of its template. */
function withDefaults(controller: ReplicationController): ReplicationController {
  const { metadata, spec, status } = controller;
  const labels = spec.template?.metadata?.labels;
  return {
    ...controller,
    metadata: labels !== undefined && isEmpty(metadata.labels) ? { ...metadata, labels } : metadata,
    spec: {
      ...spec,
      ...(labels !== undefined && isEmpty(spec.selector) ? { selector: labels } : {}),
      replicas: spec.replicas ?? 1,
      ...ifSet('template', spec.template, defaultPodTemplate),
    },
    status: { ...noReplicas, ...status },
  };
}

function validateController({ spec }: ReplicationController): FieldError[] {
  const { selector, template } = spec;
  return [
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(isEmpty(selector) ? [requiredField('spec.selector')] : []),
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...(template === undefined
      ? [requiredField('spec.template')]
      : validateReplicatedTemplate(template, { matchLabels: selector }, 'ReplicationController', 'spec.template')),
  ];
}

export const replicationControllerKind = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicationController,
  subresources: {
    status: true,
    scale: {
      specReplicas: ['spec', 'replicas'],
      statusReplicas: ['status', 'replicas'],
      selector: ['spec', 'selector'],
    },
  },
  defaults: withDefaults,
  prepareForCreate: (controller) => ({ ...controller, status: noReplicas }),
  validate: validateController,
  warnings: (controller, old) => workloadWarnings(controller, old, controller.spec.template),
  selectableFields: { 'status.replicas': ({ status }) => String(status.replicas) },
  validateStatus: ({ status }) => validateReplicaCounts(status),
  columns: [
    nameColumn(),
    countColumn('Desired', ({ spec }) => spec.replicas),
    countColumn('Current', ({ status }) => status.replicas),
    countColumn('Ready', ({ status }) => status.readyReplicas),
    ageColumn(),
    ...templateColumns<ReplicationController>(({ spec }) => spec.template),
    wideColumn('Selector', ({ spec }) => formatLabels(spec.selector)),
  ],
});
