import type { EnvFromSource, EnvVar, EnvVarSource } from '../../api/core/container.schema.ts';
import { expand } from './expand.ts';
import { fieldValue } from './field-value.ts';
import { resourceValue } from './resource-value.ts';
import { serviceVariables } from './service-variables.ts';
import type { ContainerEnvironment, EnvironmentInput } from './types.ts';
import { EnvironmentError } from './types.ts';

type Kind = 'configmap' | 'secret';
type KeyRef = NonNullable<EnvVarSource['configMapKeyRef']>;

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** The text values of a ConfigMap or Secret; undefined where it is absent and may be. */
function dataOf(
  { objects }: EnvironmentInput,
  kind: Kind,
  name: string,
  optional: boolean,
): Readonly<Record<string, string>> | undefined {
  const object = kind === 'configmap' ? objects.configMaps.get(name) : objects.secrets.get(name);
  if (object === undefined) {
    if (optional) return undefined;
    throw new EnvironmentError('ObjectNotFound', `${kind} ${JSON.stringify(name)} not found`);
  }
  const data = object.data ?? {};
  if (kind === 'configmap') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, fromBase64(value)]));
}

function fromSource(input: EnvironmentInput, source: EnvFromSource): [name: string, value: string][] {
  const { prefix = '', configMapRef, secretRef } = source;
  const ref = configMapRef ?? secretRef;
  if (ref === undefined) return [];
  const kind = configMapRef === undefined ? 'secret' : 'configmap';
  const data = dataOf(input, kind, ref.name ?? '', ref.optional === true) ?? {};
  return Object.entries(data).map(([key, value]) => [prefix + key, value]);
}

function keyValue(input: EnvironmentInput, kind: Kind, ref: KeyRef): string | undefined {
  const { name = '', key } = ref;
  const optional = ref.optional === true;
  const data = dataOf(input, kind, name, optional);
  if (data === undefined) return undefined;
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (value !== undefined || optional) return value;
  const { namespace } = input.pod.metadata;
  const shown = kind === 'configmap' ? 'ConfigMap' : 'Secret';
  throw new EnvironmentError('KeyNotFound', `couldn't find key ${key} in ${shown} ${namespace}/${name}`);
}

function sourceValue(input: EnvironmentInput, source: EnvVarSource, variable: string): string | undefined {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const { pod, container, facts } = input;
  if (fieldRef !== undefined) return fieldValue(fieldRef, pod, facts);
  if (resourceFieldRef !== undefined) {
    return resourceValue(resourceFieldRef, { pod, container, allocatable: facts.allocatable });
  }
  if (configMapKeyRef !== undefined) return keyValue(input, 'configmap', configMapKeyRef);
  if (secretKeyRef !== undefined) return keyValue(input, 'secret', secretKeyRef);
  if (fileKeyRef !== undefined) {
    throw new EnvironmentError('Unsupported', `variable ${variable}: fileKeyRef is not supported by this kubelet`);
  }
  return '';
}

/** The value of one declared variable; undefined where its optional source is absent and it is left out. */
function valueOf(
  input: EnvironmentInput,
  { name, value = '', valueFrom }: EnvVar,
  known: (name: string) => string | undefined,
): string | undefined {
  if (value !== '') return expand(value, known);
  return valueFrom === undefined ? '' : sourceValue(input, valueFrom, name);
}

/**
 * A container's variables: those of envFrom, then those of env, each of which may refer to the ones before it, then
 * Services that nothing else has the name of. Throws EnvironmentError.
 */
export function containerEnvironment(input: EnvironmentInput): ContainerEnvironment {
  const { pod, container, services } = input;
  const links = pod.spec.enableServiceLinks !== false;
  const ofServices = serviceVariables(services, pod.metadata.namespace, links);
  const variables = new Map((container.envFrom ?? []).flatMap((source) => fromSource(input, source)));
  for (const variable of container.env ?? []) {
    const value = valueOf(input, variable, (name) => variables.get(name) ?? ofServices.get(name));
    if (value !== undefined) variables.set(variable.name, value);
  }
  for (const [name, value] of ofServices) if (!variables.has(name)) variables.set(name, value);
  return { variables };
}
