import { validateCollisions, validateCounts, validateParts } from '../validation/status-counts.ts';
import { defineKind } from '../kind.ts';
import { Deployment } from './deployment.schema.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField } from '../field-error.ts';
import { ageColumn, countColumn, nameColumn, selectorColumn, templateColumns, textColumn } from '../columns.ts';
import { defaultPodTemplate, validateReplicatedTemplate } from '../core/pod-template-spec.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import type { DeploymentSpec, DeploymentStrategy } from './deployment.schema.ts';
import { validateRollingUpdate } from './rolling-update.ts';
import { validateWorkloadSelector } from './selector.ts';

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  const { type = 'RollingUpdate', rollingUpdate = {} } = strategy;
  if (type !== 'RollingUpdate') return strategy;
  const { maxUnavailable = '25%', maxSurge = '25%' } = rollingUpdate;
  return { type, rollingUpdate: { maxUnavailable, maxSurge } };
}

function defaultSpec(spec: DeploymentSpec): DeploymentSpec {
  return {
    ...spec,
    replicas: spec.replicas ?? 1,
    ...ifSet('template', spec.template, defaultPodTemplate),
    strategy: defaultStrategy(spec.strategy ?? {}),
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
  };
}

function validateStrategy({ type, rollingUpdate }: DeploymentStrategy, path: string): FieldError[] {
  if (type === 'Recreate') {
    const message = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate === undefined ? [] : [forbiddenField(`${path}.rollingUpdate`, message)];
  }
  return validateRollingUpdate(rollingUpdate ?? {}, `${path}.rollingUpdate`);
}

function validateSpec(spec: DeploymentSpec): FieldError[] {
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline = 600 } = spec;
  const errors = [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateWorkloadSelector(spec.selector, 'deployment', 'spec.selector'),
    ...(spec.template === undefined
      ? []
      : validateReplicatedTemplate(spec.template, spec.selector, 'Deployment', 'spec.template')),
    ...validateStrategy(spec.strategy, 'spec.strategy'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateNonNegative(deadline, 'spec.progressDeadlineSeconds'),
  ];
  return deadline <= minReadySeconds
    ? [...errors, invalidField('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
    : errors;
}

const readyCounts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];
const replicaCounts = ['replicas', ...readyCounts, 'unavailableReplicas'];

export const deploymentKind = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: Deployment,
  subresources: {
    scale: {
      specReplicas: ['spec', 'replicas'],
      statusReplicas: ['status', 'replicas'],
      selector: ['spec', 'selector'],
    },
    status: true,
  },
  defaults: (deployment) => ({ ...deployment, spec: defaultSpec(deployment.spec) }),
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec.selector, old.selector, 'spec.selector'),
  warnings: (deployment, old) => workloadWarnings(deployment, old, deployment.spec.template),
  validateStatus: ({ status }, { status: old }) => [
    ...validateCounts(status, ['observedGeneration', ...replicaCounts, 'terminatingReplicas', 'collisionCount']),
    ...validateParts(status, readyCounts, 'replicas', 'status.replicas'),
    ...validateParts(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas'),
    ...validateCollisions(status, old),
  ],
  columns: [
    nameColumn(),
    textColumn('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    countColumn('Up-to-date', ({ status }) => status.updatedReplicas),
    countColumn('Available', ({ status }) => status.availableReplicas),
    ageColumn(),
    ...templateColumns<Deployment>(({ spec }) => spec.template),
    selectorColumn(({ spec }) => spec.selector),
  ],
});
