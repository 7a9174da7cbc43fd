import type { FieldError } from '../field-error.ts';
import {
  duplicateField,
  forbiddenField,
  invalidField,
  notFoundField,
  notSupportedField,
  requiredField,
} from '../field-error.ts';
import { dnsLabelComplaints, portNameComplaints } from '../validation/names.ts';
import { validatePort } from '../validation/numbers.ts';
import { validateIp } from '../validation/ip.ts';
import { ifSet } from '../values/if-set.ts';
import { imageTag } from '../values/image.ts';
import type { Container, ContainerPort, EphemeralContainer, PodResourceClaim } from './container.schema.ts';
import { defaultEnvVar, validateEnv, validateEnvFrom } from './env.ts';
import { defaultLifecycle, defaultProbe, validateLifecycle, validateProbe } from './probe.ts';
import { defaultResourceList, validateResources } from './resources.ts';
import { validateSecurityContext } from './security-context.ts';
import { validateVolumeDevices, validateVolumeMounts } from './volume-mount.ts';
import type { Volume } from './volume.schema.ts';

/** What the checks of a container need to know of its pod. */
export interface PodContext {
  readonly volumes: readonly Volume[];
  readonly claims: readonly PodResourceClaim[];
  readonly hostNetwork: boolean;
  /** How long its containers have to end. */
  readonly graceSeconds: number;
  /** The pod's own policy is `Never`. */
  readonly neverRestarts: boolean;
}

/** Fills in a container: pull policy by tag, termination message, ports, probes. */
export function defaultContainer<T extends Container | EphemeralContainer>(container: T): T {
  const usual = imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  return {
    ...container,
    ...ifSet('ports', container.ports, (ports) => ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' }))),
    ...ifSet('env', container.env, (env) => env.map(defaultEnvVar)),
    ...ifSet('resources', container.resources, (resources) => ({
      ...resources,
      ...ifSet('limits', resources.limits, defaultResourceList),
      ...ifSet('requests', resources.requests, defaultResourceList),
    })),
    ...ifSet('livenessProbe', container.livenessProbe, defaultProbe),
    ...ifSet('readinessProbe', container.readinessProbe, defaultProbe),
    ...ifSet('startupProbe', container.startupProbe, defaultProbe),
    ...ifSet('lifecycle', container.lifecycle, defaultLifecycle),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
    imagePullPolicy: container.imagePullPolicy ?? usual,
  };
}

function validateContainerPort(port: ContainerPort, hostNetwork: boolean, path: string): FieldError[] {
  const { name = '', containerPort, hostPort = 0, hostIP = '' } = port;
  const errors = name === '' ? [] : portNameComplaints(name).map((text) => invalidField(`${path}.name`, name, text));
  if (containerPort === 0) errors.push(requiredField(`${path}.containerPort`));
  else if (containerPort !== undefined) errors.push(...validatePort(containerPort, `${path}.containerPort`));
  if (hostPort !== 0) {
    errors.push(...validatePort(hostPort, `${path}.hostPort`));
    if (hostNetwork && hostPort !== containerPort) {
      const message = 'must match `containerPort` when `hostNetwork` is true';
      errors.push(invalidField(`${path}.hostPort`, hostPort, message));
    }
  }
  return hostIP === '' ? errors : [...errors, ...validateIp(hostIP, `${path}.hostIP`)];
}

function validatePorts(ports: readonly ContainerPort[], hostNetwork: boolean, path: string): FieldError[] {
  const names = ports.map(({ name = '' }) => name);
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const errors = validateContainerPort(port, hostNetwork, at);
    const { name = '' } = port;
    return name !== '' && names.indexOf(name) < index ? [...errors, duplicateField(`${at}.name`, name)] : errors;
  });
}

function validateNameAndImage({ name, image = '' }: Container | EphemeralContainer, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name === '') errors.push(requiredField(`${path}.name`));
  else if (name !== undefined) {
    errors.push(...dnsLabelComplaints(name).map((text) => invalidField(`${path}.name`, name, text)));
  }
  if (image === '') errors.push(requiredField(`${path}.image`));
  else if (image.trim() !== image) {
    errors.push(invalidField(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  }
  return errors;
}

const restartPolicies = ['Always', 'Never', 'OnFailure'];

function validateRestartPolicy({ restartPolicy, restartPolicyRules = [] }: Container, path: string): FieldError[] {
  const at = `${path}.restartPolicy`;
  if (restartPolicy === undefined) {
    const message = 'must specify restartPolicy when restart rules are used';
    return restartPolicyRules.length === 0 ? [] : [requiredField(at, message)];
  }
  return restartPolicies.includes(restartPolicy) ? [] : [notSupportedField(at, restartPolicy, restartPolicies)];
}

const resizable = ['cpu', 'memory'];
const resizePolicies = ['NotRequired', 'RestartContainer'];

/** The faults of what is done when a container is given more or less; `never` says that nothing in the pod restarts. */
function validateResizePolicy({ resizePolicy = [] }: Container, never: boolean, path: string): FieldError[] {
  const resources = resizePolicy.map(({ resourceName }) => resourceName);
  const known = (value: string, supported: readonly string[]): FieldError[] => {
    if (value === '') return [requiredField(path)];
    return supported.includes(value) ? [] : [notSupportedField(path, value, supported)];
  };
  return resizePolicy.flatMap(({ resourceName, restartPolicy }, index) => [
    ...(resources.indexOf(resourceName) < index ? [duplicateField(`${path}[${index}]`, resourceName)] : []),
    ...known(resourceName, resizable),
    ...known(restartPolicy, resizePolicies),
    ...(never && restartPolicy !== 'NotRequired'
      ? [invalidField(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")]
      : []),
  ]);
}

function validateContainer(container: Container, pod: PodContext, path: string): FieldError[] {
  const context = { container, volumes: pod.volumes };
  return [
    ...validateNameAndImage(container, path),
    ...validatePorts(container.ports ?? [], pod.hostNetwork, `${path}.ports`),
    ...validateEnv(container.env, `${path}.env`),
    ...validateEnvFrom(container.envFrom, `${path}.envFrom`),
    ...validateVolumeMounts(context, `${path}.volumeMounts`),
    ...validateVolumeDevices(context, `${path}.volumeDevices`),
    ...validateResources(container.resources, pod.claims, `${path}.resources`),
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`),
    ...validateLifecycle(container.lifecycle, pod.graceSeconds, `${path}.lifecycle`),
    ...validateProbe(container.livenessProbe, 'liveness', `${path}.livenessProbe`),
    ...validateProbe(container.readinessProbe, 'readiness', `${path}.readinessProbe`),
    ...validateProbe(container.startupProbe, 'startup', `${path}.startupProbe`),
    ...validateRestartPolicy(container, path),
    ...validateResizePolicy(container, pod.neverRestarts, `${path}.resizePolicy`),
  ];
}

function duplicates(names: readonly string[], taken: readonly string[], path: string): FieldError[] {
  return names.flatMap((name, index) => {
    const repeated = taken.includes(name) || names.indexOf(name) < index;
    return name !== '' && repeated ? [duplicateField(`${path}[${index}].name`, name)] : [];
  });
}

/** The faults of a pod's containers. */
export function validateContainers(containers: readonly Container[], pod: PodContext, path: string): FieldError[] {
  if (containers.length === 0) return [requiredField(path)];
  const names = containers.map(({ name }) => name);
  return [
    ...containers.flatMap((container, index) => validateContainer(container, pod, `${path}[${index}]`)),
    ...duplicates(names, [], path),
    ...duplicateHostPorts(containers, path),
  ];
}

function duplicateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap(({ hostPort = 0, protocol = 'TCP', hostIP = '' }, port) => {
      if (hostPort === 0) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (seen.has(key)) return [duplicateField(`${path}[${index}].ports[${port}].hostPort`, key)];
      seen.add(key);
      return [];
    }),
  );
}

/** What a container that runs before the others may not have, unless it stays beside them. */
const runToCompletionOnly = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** The faults of a pod's init containers; `taken` are the names of its other containers. */
export function validateInitContainers(
  containers: readonly Container[],
  taken: readonly string[],
  pod: PodContext,
  path: string,
): FieldError[] {
  const errors = containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    if (container.restartPolicy === 'Always') return validateContainer(container, pod, at);
    const unexpected = runToCompletionOnly.filter((field) => container[field] !== undefined);
    const { lifecycle: _l, livenessProbe: _v, readinessProbe: _r, startupProbe: _s, ...rest } = container;
    return [
      ...validateContainer(rest, pod, at),
      ...unexpected.map((field) =>
        forbiddenField(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
      ),
    ];
  });
  return [
    ...errors,
    ...duplicates(
      containers.map(({ name }) => name),
      taken,
      path,
    ),
  ];
}

const notForDebugging = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;

/** The faults of containers that are added to a running pod; `taken` are the names of its other containers. */
export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  taken: readonly string[],
  path: string,
): FieldError[] {
  const errors = containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const { targetContainerName: target = '' } = container;
    return [
      ...validateNameAndImage(container, at),
      ...validateEnv(container.env, `${at}.env`),
      ...notForDebugging
        .filter((field) => container[field] !== undefined)
        .map((field) => forbiddenField(`${at}.${field}`, 'cannot be set for an Ephemeral Container')),
      ...(target === '' || taken.includes(target) ? [] : [notFoundField(`${at}.targetContainerName`, target)]),
    ];
  });
  return [
    ...errors,
    ...duplicates(
      containers.map(({ name }) => name),
      taken,
      path,
    ),
  ];
}
