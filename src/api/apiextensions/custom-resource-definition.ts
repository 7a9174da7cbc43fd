import { nameColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import type { CustomResourceConversion } from './custom-resource-definition.schema.ts';
import { CustomResourceDefinition } from './custom-resource-definition.schema.ts';
import { validateDefinition, validateDefinitionUpdate } from './validate-definition.ts';

/** Holds a definition until all objects of its kind are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** A webhook's Service listens on 443. */
function withConversionDefaults(conversion: CustomResourceConversion | undefined): CustomResourceConversion {
  const { webhook } = conversion ?? {};
  const service = webhook?.clientConfig?.service;
  if (conversion === undefined || service === undefined) return conversion ?? { strategy: 'None' };
  const clientConfig = { ...webhook?.clientConfig, service: { ...service, port: service.port ?? 443 } };
  return { ...conversion, webhook: { conversionReviewVersions: [], ...webhook, clientConfig } };
}

/** Names that follow from others, and a conversion that converts nothing. */
function withDefaults(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { spec } = definition;
  const { names } = spec;
  const { singular = '', listKind = '' } = names;
  const complete = {
    ...names,
    ...(singular === '' ? { singular: names.kind.toLowerCase() } : {}),
    ...(listKind === '' && names.kind !== '' ? { listKind: `${names.kind}List` } : {}),
  };
  return { ...definition, spec: { ...spec, names: complete, conversion: withConversionDefaults(spec.conversion) } };
}

/** Objects are from now on stored in this version, too: the definition remembers all that may lie in the store. */
function rememberStoredVersion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { storedVersions = [] } = definition.status;
  const version = definition.spec.versions.find(({ storage }) => storage)?.name;
  if (version === undefined || storedVersions.includes(version)) return definition;
  return { ...definition, status: { ...definition.status, storedVersions: [...storedVersions, version] } };
}

/** A definition that is going waits until all objects of its kind are gone, too. */
function holdForCleanup(definition: CustomResourceDefinition, now: string): CustomResourceDefinition {
  const { metadata, status } = definition;
  const { finalizers = [] } = metadata;
  const terminating = {
    lastTransitionTime: now,
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    reason: 'InstanceDeletionPending',
    status: 'True',
    type: 'Terminating',
  } as const;
  const conditions = [...(status.conditions ?? []).filter(({ type }) => type !== 'Terminating'), terminating];
  const held = finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer];
  return { ...definition, metadata: { ...metadata, finalizers: held }, status: { ...status, conditions } };
}

export const customResourceDefinitionKind = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: CustomResourceDefinition,
  subresources: {
    status: true,
  },
  defaults: withDefaults,
  prepareForCreate: (definition) => rememberStoredVersion({ ...definition, status: {} }),
  prepareForUpdate: (definition) => rememberStoredVersion(definition),
  prepareForDelete: (definition, { now }) => holdForCleanup(definition, now),
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  columns: [nameColumn(), { name: 'Created At', type: 'date', cell: ({ metadata }) => metadata.creationTimestamp }],
});
