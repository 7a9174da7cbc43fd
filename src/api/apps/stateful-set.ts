import { dnsLabelComplaints } from '../validation/names.ts';
import { validateCollisions, validateCounts, validateParts } from '../validation/status-counts.ts';
import { defineKind } from '../kind.ts';
import { StatefulSet } from './stateful-set.schema.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidFields, notSupportedField } from '../field-error.ts';
import { ageColumn, nameColumn, templateColumns, textColumn } from '../columns.ts';
import type { PersistentVolumeClaim } from '../core/persistent-volume-claim.schema.ts';
import { defaultClaimSpec, validateClaimSpec } from '../core/persistent-volume-claim-spec.ts';
import type { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import { defaultPodTemplate, validateReplicatedTemplate } from '../core/pod-template-spec.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { validateWorkloadSelector } from './selector.ts';
import type { StatefulSetSpec, StatefulSetUpdateStrategy } from './stateful-set.schema.ts';

const noReplicas = { replicas: 0, availableReplicas: 0 };
const retention = ['Delete', 'Retain'];

function defaultStrategy(strategy: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy {
  const { type = 'RollingUpdate', rollingUpdate = {} } = strategy;
  if (type !== 'RollingUpdate') return strategy;
  return { type, rollingUpdate: { ...rollingUpdate, partition: rollingUpdate.partition ?? 0 } };
}

const defaultClaim = (claim: PersistentVolumeClaim): PersistentVolumeClaim => ({
  ...claim,
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  spec: defaultClaimSpec(claim.spec),
  status: { phase: 'Pending', ...claim.status },
});

function defaultSpec(spec: StatefulSetSpec): StatefulSetSpec {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return {
    ...spec,
    replicas: spec.replicas ?? 1,
    ...ifSet('template', spec.template, defaultPodTemplate),
    ...ifSet('volumeClaimTemplates', spec.volumeClaimTemplates, (claims) => claims.map(defaultClaim)),
    podManagementPolicy: spec.podManagementPolicy ?? 'OrderedReady',
    updateStrategy: defaultStrategy(spec.updateStrategy ?? {}),
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
  };
}

function validateRetention(spec: StatefulSetSpec): FieldError[] {
  const policy = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return (['whenDeleted', 'whenScaled'] as const).flatMap((field) => {
    const value = policy[field];
    const path = `spec.persistentVolumeClaimRetentionPolicy.${field}`;
    return value === undefined || retention.includes(value) ? [] : [notSupportedField(path, value, retention)];
  });
}

/** The template of the set's pods with the volumes that their claims will be, as the controller makes them. */
function withClaimVolumes(
  template: PodTemplateSpec,
  claims: readonly { readonly metadata: { readonly name?: string } }[] = [],
): PodTemplateSpec {
  const names = claims.map(({ metadata: { name = '' } }) => name);
  const own = (template.spec.volumes ?? []).filter(({ name }) => !names.includes(name));
  const claimed = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return claimed.length === 0 ? template : { ...template, spec: { ...template.spec, volumes: [...own, ...claimed] } };
}

function validateSpec(spec: StatefulSetSpec): FieldError[] {
  return [
    ...validateRetention(spec),
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...validateNonNegative(spec.updateStrategy.rollingUpdate?.partition, 'spec.updateStrategy.rollingUpdate.partition'),
    ...validateWorkloadSelector(spec.selector, 'statefulset', 'spec.selector'),
    ...(spec.template === undefined
      ? []
      : validateReplicatedTemplate(
          withClaimVolumes(spec.template, spec.volumeClaimTemplates),
          spec.selector,
          'StatefulSet',
          'spec.template',
        )),
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, index) =>
      validateClaimSpec(claim.spec, `spec.volumeClaimTemplates[${index}].spec`),
    ),
  ];
}

/** What is left of a specification when all that may change is taken away. */
function fixedPart(spec: StatefulSetSpec): unknown {
  const {
    replicas: _replicas,
    ordinals: _ordinals,
    template: _template,
    updateStrategy: _strategy,
    revisionHistoryLimit: _limit,
    persistentVolumeClaimRetentionPolicy: _policy,
    minReadySeconds: _seconds,
    ...rest
  } = spec;
  return rest;
}

const changeMessage =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

const partCounts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];

export const statefulSetKind = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: StatefulSet,
  // The names of its pods add a number, and are host names.
  nameRule: 'dns-label',
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
  validateCreate: ({ spec: { serviceName = '' } }) =>
    serviceName === '' ? [] : invalidFields('spec.serviceName', serviceName, dnsLabelComplaints(serviceName)),
  validateUpdate: ({ spec }, { spec: old }) =>
    semanticallyEqual(fixedPart(spec), fixedPart(old)) ? [] : [forbiddenField('spec', changeMessage)],
  warnings: (set, old) => [
    ...workloadWarnings(set, old, set.spec.template),
    ...((set.spec.revisionHistoryLimit ?? 0) < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ],
  validateStatus: ({ status }, { status: old }) => [
    ...validateCounts(status, ['replicas', ...partCounts, 'observedGeneration', 'collisionCount']),
    ...validateParts(status, partCounts, 'replicas', 'status.replicas'),
    ...validateParts(status, ['availableReplicas'], 'readyReplicas', 'status.readyReplicas'),
    ...validateCollisions(status, old),
  ],
  columns: [
    nameColumn(),
    textColumn('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    ageColumn(),
    ...templateColumns<StatefulSet>(({ spec }) => spec.template),
  ],
});
