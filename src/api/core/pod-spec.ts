import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField } from '../field-error.ts';
import { validateLabels } from '../validation/labels.ts';
import type { Complaints } from '../validation/names.ts';
import { dnsLabelComplaints, dnsSubdomainComplaints, qualifiedNameComplaints } from '../validation/names.ts';
import { validateRange } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { validateAffinity } from './affinity.ts';
import {
  defaultContainer,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './container.ts';
import { validateHostAliases, validatePodDns } from './pod-dns.ts';
import { validateHostAccess, validateHostnameOverride, validateOs } from './pod-host.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import { validateResources } from './resources.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateSpreadConstraints, validateTolerations } from './toleration.ts';
import { defaultVolume, validateVolumes } from './volume.ts';

const usualGraceSeconds = 30;

/** The account's name under both of the names that the field has had. */
function serviceAccount(spec: PodSpec): Partial<PodSpec> {
  const name = spec.serviceAccountName || spec.serviceAccount;
  return name === undefined || name === '' ? {} : { serviceAccountName: name, serviceAccount: name };
}

/** Fills in a pod's specification, be it a pod's own or a template's. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  return {
    ...spec,
    ...ifSet('volumes', spec.volumes, (volumes) => volumes.map(defaultVolume)),
    ...ifSet('initContainers', spec.initContainers, (containers) => containers.map(defaultContainer)),
    ...ifSet('containers', spec.containers, (containers) => containers.map(defaultContainer)),
    ...ifSet('ephemeralContainers', spec.ephemeralContainers, (containers) => containers.map(defaultContainer)),
    ...serviceAccount(spec),
    restartPolicy: spec.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? usualGraceSeconds,
    dnsPolicy: spec.dnsPolicy ?? 'ClusterFirst',
    securityContext: spec.securityContext ?? {},
    schedulerName: spec.schedulerName || 'default-scheduler',
  };
}

function check(value: string | undefined, complaints: (value: string) => Complaints, path: string): FieldError[] {
  if (value === undefined || value === '') return [];
  return complaints(value).map((text) => invalidField(path, value, text));
}

function validateNames(spec: PodSpec, path: string): FieldError[] {
  return [
    ...check(spec.serviceAccountName, dnsSubdomainComplaints, `${path}.serviceAccountName`),
    ...check(spec.nodeName, dnsSubdomainComplaints, `${path}.nodeName`),
    ...check(spec.hostname, dnsLabelComplaints, `${path}.hostname`),
    ...check(spec.subdomain, dnsLabelComplaints, `${path}.subdomain`),
    ...check(spec.priorityClassName, dnsSubdomainComplaints, `${path}.priorityClassName`),
    ...check(spec.runtimeClassName, dnsSubdomainComplaints, `${path}.runtimeClassName`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, index) =>
      check(conditionType, qualifiedNameComplaints, `${path}.readinessGates[${index}].conditionType`),
    ),
  ];
}

function validateSchedulingGates(spec: PodSpec, path: string): FieldError[] {
  const names = (spec.schedulingGates ?? []).map(({ name }) => name);
  return names.flatMap((name, index) => [
    ...(names.indexOf(name) < index ? [duplicateField(`${path}[${index}]`, name)] : []),
    ...qualifiedNameComplaints(name).map((text) => invalidField(`${path}[${index}]`, name, text)),
  ]);
}

function validateAllContainers(spec: PodSpec, path: string): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [], volumes = [] } = spec;
  const context = {
    volumes,
    claims: spec.resourceClaims ?? [],
    hostNetwork: spec.hostNetwork === true,
    graceSeconds: spec.terminationGracePeriodSeconds ?? usualGraceSeconds,
    neverRestarts: spec.restartPolicy === 'Never',
  };
  const names = containers.map(({ name }) => name);
  const initNames = initContainers.map(({ name }) => name);
  return [
    ...(spec.containers === undefined ? [] : validateContainers(containers, context, `${path}.containers`)),
    ...validateInitContainers(initContainers, names, context, `${path}.initContainers`),
    ...validateEphemeralContainers(ephemeralContainers, [...names, ...initNames], `${path}.ephemeralContainers`),
  ];
}

/** The faults of a pod's specification. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const errors = [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...validateAllContainers(spec, path),
    ...validateRange(spec.activeDeadlineSeconds, 1, 2 ** 31 - 1, `${path}.activeDeadlineSeconds`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec.securityContext, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validatePodDns(spec, path),
    ...validateSchedulingGates(spec, `${path}.schedulingGates`),
    ...validateNames(spec, path),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateHostAliases(spec.hostAliases, `${path}.hostAliases`),
    ...validateSpreadConstraints(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateHostAccess(spec, path),
    ...validateHostnameOverride(spec, path),
    ...validateOs(spec, path),
    ...validateResources({ limits: spec.overhead }, [], `${path}.overhead`),
    ...validateResources(spec.resources, [], `${path}.resources`),
  ];
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const message = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalidField(`${path}.securityContext.shareProcessNamespace`, true, message));
  }
  return errors;
}
