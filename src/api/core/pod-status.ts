import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, invalidFields } from '../field-error.ts';
import { ipFamily, validateIp } from '../validation/ip.ts';
import { validateLabelName } from '../validation/labels.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import type { Container } from './container.schema.ts';
import type { ContainerStatus, PodStatus } from './pod-status.schema.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import type { Pod } from './pod.schema.ts';

const systemConditions = ['PodScheduled', 'Ready', 'Initialized'];
const notNegative = 'must be a non-negative integer';

type Rules = NonNullable<Container['restartPolicyRules']>;

/** The first of a container's rules that an exit code meets. */
function ruleFor(rules: Rules, exitCode: number): Rules[number] | undefined {
  return rules.find(({ exitCodes }) => {
    if (exitCodes === undefined) return false;
    const isIn = (exitCodes.values ?? []).includes(exitCode);
    return exitCodes.operator === 'In' ? isIn : exitCodes.operator === 'NotIn' && !isIn;
  });
}

/** Whether a container that ended so may start again. */
function mayRestart(container: Container, { restartPolicy = 'Always' }: PodSpec, exitCode: number): boolean {
  const rule = ruleFor(container.restartPolicyRules ?? [], exitCode);
  if (rule?.action === 'Restart' || rule?.action === 'RestartAllContainers') return true;
  const policy = container.restartPolicy ?? restartPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

type Statuses = readonly ContainerStatus[] | undefined;

/** A container that has ended for good does not run again. */
function validateEnds(
  [now = [], before = []]: readonly [Statuses, Statuses],
  path: string,
  mayRunAgain: (name: string, exitCode: number) => boolean,
): FieldError[] {
  return before.flatMap(({ name, state }, index) => {
    const ended = state?.terminated;
    const current = now.find((status) => status.name === name);
    if (ended === undefined || current === undefined || current.state?.terminated !== undefined) return [];
    if (mayRunAgain(name, ended.exitCode)) return [];
    return [forbiddenField(`${path}[${index}].state`, 'may not be transitioned to non-terminated state')];
  });
}

function validateTransitions({ status, spec }: Pod, { status: old }: Pod): FieldError[] {
  const { containers = [], initContainers = [] } = spec;
  const all = [...containers, ...initContainers];
  // A rule that restarts the whole pod starts again what has ended, too.
  const restartsAll = all.some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  );
  const byRules = (list: readonly Container[]) => (name: string, exitCode: number) => {
    const container = list.find((one) => one.name === name);
    return restartsAll || (container !== undefined && mayRestart(container, spec, exitCode));
  };
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  return [
    ...validateEnds([containerStatuses, old.containerStatuses], 'status.containerStatuses', byRules(containers)),
    ...validateEnds(
      [initContainerStatuses, old.initContainerStatuses],
      'status.initContainerStatuses',
      byRules(initContainers),
    ),
    ...validateEnds(
      [ephemeralContainerStatuses, old.ephemeralContainerStatuses],
      'status.ephemeralContainerStatuses',
      () => false,
    ),
  ];
}

function validateAddresses(ips: readonly string[], path: string, shown: unknown): FieldError[] {
  const errors = ips.flatMap((ip, index) => validateIp(ip, `${path}[${index}]`));
  const families = ips.map(ipFamily);
  if (new Set(families).size === families.length && families.length <= 2) return errors;
  return [...errors, invalidField(path, shown, 'may specify no more than one IP for each IP family')];
}

function validateHostAddresses({ hostIP = '', hostIPs = [] }: PodStatus): FieldError[] {
  const path = 'status.hostIPs';
  const [first] = hostIPs;
  if (first === undefined) return [];
  return [
    ...(hostIP === first.ip ? [] : [invalidField(`${path}[0].ip`, first.ip, 'must be equal to `hostIP`')]),
    ...validateAddresses(
      hostIPs.map(({ ip }) => ip),
      path,
      hostIPs,
    ),
  ];
}

function validateNomination({ status, spec }: Pod, { status: old }: Pod): FieldError[] {
  const { nominatedNodeName: name = '' } = status;
  const path = 'status.nominatedNodeName';
  if (name === '' || name === old.nominatedNodeName) return [];
  return [
    ...invalidFields(path, name, dnsSubdomainComplaints(name)),
    ...((spec.nodeName ?? '') === ''
      ? []
      : [forbiddenField(path, 'may not be set on pods that are already bound to a node')]),
  ];
}

/** The faults of what is reported of a pod: what ended for good stays so, and addresses are addresses. */
export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const { conditions = [], observedGeneration = 0, podIPs = [] } = pod.status;
  return [
    ...conditions.flatMap(({ type, observedGeneration: seen = 0 }, index) => [
      ...(seen < 0 ? [invalidField(`status.conditions[${index}].observedGeneration`, seen, notNegative)] : []),
      ...(systemConditions.includes(type) ? [] : validateLabelName(type, `status.conditions[${index}].Type`)),
    ]),
    ...validateNomination(pod, old),
    ...(observedGeneration < 0 ? [invalidField('status.observedGeneration', observedGeneration, notNegative)] : []),
    ...validateTransitions(pod, old),
    ...validateAddresses(
      podIPs.map(({ ip }) => ip),
      'status.podIPs',
      podIPs,
    ),
    ...validateHostAddresses(pod.status),
  ];
}
