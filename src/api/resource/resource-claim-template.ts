import { ageColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateAnnotations, validateLabels } from '../validation/labels.ts';
import { defaultDeviceClaim, validateDeviceClaim } from './device-claim.ts';
import { ResourceClaimTemplate } from './resource-claim.schema.ts';
import type { ResourceClaimTemplateSpec } from './resource-claim.schema.ts';

const withDefaults = ({ spec, ...template }: ResourceClaimTemplateSpec): ResourceClaimTemplateSpec => ({
  ...template,
  spec: { ...spec, devices: defaultDeviceClaim(spec.devices) },
});

export const resourceClaimTemplateKind = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  namespaced: true,
  schema: ResourceClaimTemplate,
  defaults: (template) => ({ ...template, spec: withDefaults(template.spec) }),
  validateCreate: ({ spec: { metadata, spec } }) => [
    ...validateAnnotations(metadata.annotations, 'spec.metadata.annotations'),
    ...validateLabels(metadata.labels, 'spec.metadata.labels'),
    ...validateDeviceClaim(spec.devices, 'spec.spec.devices'),
  ],
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec, old, 'spec'),
  columns: [nameColumn(), ageColumn()],
});
