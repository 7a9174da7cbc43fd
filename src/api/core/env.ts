import type { FieldError } from '../field-error.ts';
import { invalidField, notSupportedField, requiredField } from '../field-error.ts';
import {
  configMapKeyComplaints,
  dnsSubdomainComplaints,
  envVarNameComplaints,
  qualifiedNameComplaints,
} from '../validation/names.ts';
import { ifSet } from '../values/if-set.ts';
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from './container.schema.ts';

export const defaultFieldRef = (ref: ObjectFieldSelector): ObjectFieldSelector => ({
  ...ref,
  apiVersion: ref.apiVersion === undefined || ref.apiVersion === '' ? 'v1' : ref.apiVersion,
});
export const defaultResourceFieldRef = (ref: ResourceFieldSelector): ResourceFieldSelector => ({
  ...ref,
  divisor: ref.divisor ?? '0',
});

/** Fills in what a variable's source leaves out. */
export function defaultEnvVar(variable: EnvVar): EnvVar {
  return {
    ...variable,
    ...ifSet('valueFrom', variable.valueFrom, (source) => ({
      ...source,
      ...ifSet('fieldRef', source.fieldRef, defaultFieldRef),
      ...ifSet('resourceFieldRef', source.resourceFieldRef, defaultResourceFieldRef),
    })),
  };
}

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const envResources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** Refuses a field path that the downward API does not offer; `metadata.labels['x']` is always offered. */
export function validateFieldRef(ref: ObjectFieldSelector, supported: readonly string[], path: string): FieldError[] {
  const { fieldPath } = ref;
  if (fieldPath === '') return [requiredField(`${path}.fieldPath`)];
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    const key = subscript[2] ?? '';
    return qualifiedNameComplaints(key.toLowerCase()).map((text) => invalidField(path, key, text));
  }
  return supported.includes(fieldPath) ? [] : [notSupportedField(`${path}.fieldPath`, fieldPath, supported)];
}

/** Refuses a resource that the downward API does not offer. */
export function validateResourceFieldRef(ref: ResourceFieldSelector, inVolume: boolean, path: string): FieldError[] {
  if (inVolume && (ref.containerName ?? '') === '') return [requiredField(`${path}.containerName`)];
  if (ref.resource === '') return [requiredField(`${path}.resource`)];
  if (envResources.includes(ref.resource) || /^(limits|requests)\.hugepages-/.test(ref.resource)) return [];
  return [notSupportedField(`${path}.resource`, ref.resource, envResources)];
}

type KeyRef = NonNullable<EnvVarSource['configMapKeyRef']>;

function validateKeyRef(ref: KeyRef, path: string): FieldError[] {
  const name = (ref.name ?? '') === '' ? [requiredField(`${path}.name`)] : [];
  if (ref.key === '') return [...name, requiredField(`${path}.key`)];
  return [...name, ...configMapKeyComplaints(ref.key).map((text) => invalidField(`${path}.key`, ref.key, text))];
}

const sourceNames = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

function validateSource(source: EnvVarSource, value: string, path: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  const used = sourceNames.filter((name) => source[name] !== undefined);
  const errors = [
    ...(fieldRef === undefined ? [] : validateFieldRef(fieldRef, envFields, `${path}.fieldRef`)),
    ...(resourceFieldRef === undefined
      ? []
      : validateResourceFieldRef(resourceFieldRef, false, `${path}.resourceFieldRef`)),
    ...(configMapKeyRef === undefined ? [] : validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`)),
    ...(secretKeyRef === undefined ? [] : validateKeyRef(secretKeyRef, `${path}.secretKeyRef`)),
  ];
  if (used.length === 0) {
    const names = sourceNames
      .map((name) => `\`${name}\``)
      .join(', ')
      .replace(/, (`\w+`)$/, ' or $1');
    errors.push(invalidField(path, '', `must specify one of: ${names}`));
  } else if (value !== '') {
    errors.push(invalidField(path, '', 'may not be specified when `value` is not empty'));
  } else if (used.length > 1) {
    errors.push(invalidField(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

/** The faults of a container's variables. */
export function validateEnv(variables: readonly EnvVar[] | undefined, path: string): FieldError[] {
  return (variables ?? []).flatMap(({ name, value = '', valueFrom }, index) => {
    const at = `${path}[${index}]`;
    const naming =
      name === ''
        ? [requiredField(`${at}.name`)]
        : envVarNameComplaints(name).map((text) => invalidField(`${at}.name`, name, text));
    return valueFrom === undefined ? naming : [...naming, ...validateSource(valueFrom, value, `${at}.valueFrom`)];
  });
}

/** The faults of the ConfigMaps and Secrets that become variables as a whole. */
export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, path: string): FieldError[] {
  return (sources ?? []).flatMap((source, index) => {
    const at = `${path}[${index}]`;
    const { prefix = '' } = source;
    const errors =
      prefix === '' ? [] : envVarNameComplaints(prefix).map((text) => invalidField(`${at}.prefix`, prefix, text));
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const name = source[kind]?.name;
      if (source[kind] === undefined) continue;
      if (name === undefined || name === '') errors.push(requiredField(`${at}.${kind}.name`));
      else errors.push(...dnsSubdomainComplaints(name).map((text) => invalidField(`${at}.${kind}.name`, name, text)));
    }
    if (source.configMapRef === undefined && source.secretRef === undefined) {
      errors.push(invalidField(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (source.configMapRef !== undefined && source.secretRef !== undefined) {
      errors.push(invalidField(at, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
