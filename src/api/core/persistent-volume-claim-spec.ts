import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, invalidFields, requiredField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import type { PersistentVolumeClaimSpec } from './volume.schema.ts';

/** Fills in a claim's mode, and the newer of the two ways to name where its data come from. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = spec;
  const inNamespace = dataSourceRef?.namespace !== undefined && dataSourceRef.namespace !== '';
  const reference = dataSourceRef ?? dataSource;
  return {
    ...spec,
    volumeMode: spec.volumeMode ?? 'Filesystem',
    ...(reference === undefined ? {} : { dataSourceRef: reference }),
    ...(dataSource === undefined && dataSourceRef !== undefined && !inNamespace
      ? {
          dataSource: {
            ...(dataSourceRef.apiGroup === undefined ? {} : { apiGroup: dataSourceRef.apiGroup }),
            kind: dataSourceRef.kind,
            name: dataSourceRef.name,
          },
        }
      : {}),
  };
}

/** Refuses no access modes, and the exclusive one beside others. */
export function validateAccessModes(modes: readonly string[] | undefined, path: string): FieldError[] {
  if (modes === undefined || modes.length === 0) return [requiredField(path, 'at least 1 access mode is required')];
  return modes.includes('ReadWriteOncePod') && modes.length > 1
    ? [forbiddenField(path, 'may not use ReadWriteOncePod with other access modes')]
    : [];
}

/** Refuses an amount of storage that is not above zero. */
export function validatePositive(amount: string, path: string): FieldError[] {
  const parsed = tryParseQuantity(amount);
  return parsed !== undefined && parsed.nanos <= 0n ? [invalidField(path, amount, 'must be greater than zero')] : [];
}

/** Refuses a class name that no object can have; an empty one means "no class". */
export function validateClassName(name: string | undefined, path: string): FieldError[] {
  if (name === undefined || name === '') return [];
  return dnsSubdomainComplaints(name).map((text) => invalidField(path, name, text));
}

/** A claim may copy another claim, or what some other group has a kind for. */
function validateDataSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const sources = Object.entries({ dataSource, dataSourceRef }).flatMap(([field, source]) => {
    if (source === undefined) return [];
    const { apiGroup = '', kind, name } = source;
    const at = `${path}.${field}`;
    return [
      ...(name === '' ? [requiredField(`${at}.name`)] : []),
      ...(kind === '' ? [requiredField(`${at}.kind`)] : []),
      ...(apiGroup === '' && kind !== 'PersistentVolumeClaim' ? [invalidField(at, kind, '')] : []),
      ...(apiGroup === '' ? [] : invalidFields(at, apiGroup, dnsSubdomainComplaints(apiGroup))),
    ];
  });
  if (dataSource === undefined || dataSourceRef === undefined) return sources;
  const { namespace = '', ...reference } = dataSourceRef;
  if (namespace !== '') {
    const message = 'may not be specified when dataSourceRef.namespace is specified';
    return [...sources, invalidField(path, `${path}.dataSource`, message)];
  }
  return semanticallyEqual(dataSource, reference)
    ? sources
    : [...sources, invalidField(path, `${path}.dataSource`, 'must match dataSourceRef')];
}

/** The faults of a claim, or of a template for claims. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const storage = spec.resources?.requests?.['storage'];
  return [
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...(storage === undefined
      ? [requiredField(`${path}.resources[storage]`)]
      : validatePositive(storage, `${path}.resources[storage]`)),
    ...validateDataSources(spec, path),
    ...validateClassName(spec.storageClassName, `${path}.storageClassName`),
    ...validateClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`),
  ];
}
