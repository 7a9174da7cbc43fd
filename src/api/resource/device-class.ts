import { ageColumn, nameColumn } from '../columns.ts';
import { isExtendedResource } from '../core/resource-names.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { maxConfigurations, validateConfiguration, validateSelectors } from './configuration.ts';
import { DeviceClass } from './device-class.schema.ts';
import type { DeviceClassSpec } from './device-class.schema.ts';
import { validateItems } from './items.ts';

function validateSpec({ selectors, config, extendedResourceName }: DeviceClassSpec): FieldError[] {
  const isWrong = extendedResourceName !== undefined && !isExtendedResource(extendedResourceName);
  const at = 'spec.extendedResourceName';
  return [
    ...validateSelectors(selectors, 'spec.selectors'),
    ...validateItems(config, 'spec.config', { most: maxConfigurations, each: validateConfiguration }),
    ...(isWrong ? [invalidField(at, extendedResourceName, 'must be a valid extended resource name')] : []),
  ];
}

export const deviceClassKind = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  namespaced: false,
  schema: DeviceClass,
  validate: ({ spec }) => validateSpec(spec),
  columns: [nameColumn(), ageColumn()],
});
