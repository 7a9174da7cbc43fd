import type { FieldError } from '../field-error.ts';
import { forbiddenField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import type { Container } from './container.schema.ts';
import { podColumns } from './pod-columns.ts';
import { defaultPodSpec, validatePodSpec } from './pod-spec.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import { validatePodStatus } from './pod-status.ts';
import { podWarnings } from './pod-warnings.ts';
import { validatePodUpdate } from './pod-update.ts';
import { Pod } from './pod.schema.ts';
import { qosClass } from './qos-class.ts';

/** A running container asks for as much as it may use, unless it says less. */
function withRequests(container: Container): Container {
  return {
    ...container,
    ...ifSet('resources', container.resources, (resources) =>
      resources.limits === undefined
        ? resources
        : { ...resources, requests: { ...resources.limits, ...resources.requests } },
    ),
  };
}

const withHostPorts = (container: Container): Container => ({
  ...container,
  ...ifSet('ports', container.ports, (ports) =>
    ports.map((port) => ({ ...port, hostPort: port.hostPort || port.containerPort })),
  ),
});

/** What a pod gets beyond what a template gets. */
function defaultOwnSpec(spec: PodSpec): PodSpec {
  const complete = (containers: readonly Container[]): readonly Container[] => {
    const asking = containers.map(withRequests);
    return spec.hostNetwork === true ? asking.map(withHostPorts) : asking;
  };
  return {
    ...spec,
    ...ifSet('containers', spec.containers, complete),
    ...ifSet('initContainers', spec.initContainers, complete),
    enableServiceLinks: spec.enableServiceLinks ?? true,
  };
}

function validatePod({ spec }: Pod): FieldError[] {
  const gated = (spec.schedulingGates ?? []).length > 0 && (spec.nodeName ?? '') !== '';
  return [
    ...validatePodSpec(spec, 'spec'),
    ...(gated ? [forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : []),
  ];
}

/** A pod that may not be scheduled yet says so from the start. */
function gatedConditions({ schedulingGates = [] }: PodSpec): Pick<Pod['status'], 'conditions'> {
  if (schedulingGates.length === 0) return {};
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  return { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message }] };
}

export const podKind = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: Pod,
  subresources: {
    status: true,
    log: { verbs: ['get'] },
    exec: { verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind: 'PodExecOptions' } },
    attach: { verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind: 'PodAttachOptions' } },
    portforward: { verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' } },
    proxy: {
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      kind: { group: '', version: 'v1', kind: 'PodProxyOptions' },
    },
    binding: { verbs: ['create'], kind: { group: '', version: 'v1', kind: 'Binding' } },
    eviction: { verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
    ephemeralcontainers: { verbs: ['get', 'patch', 'update'] },
    resize: { verbs: ['get', 'patch', 'update'] },
  },
  defaults: (pod) => ({ ...pod, spec: defaultOwnSpec(defaultPodSpec(pod.spec)) }),
  prepareForCreate: (pod) => {
    const { spec } = pod;
    return { ...pod, spec, status: { phase: 'Pending', ...gatedConditions(spec), qosClass: qosClass(spec) } };
  },
  validate: validatePod,
  validateCreate: ({ spec }) =>
    // Containers for debugging join a pod that runs.
    (spec.ephemeralContainers ?? []).length > 0
      ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')]
      : [],
  validateUpdate: validatePodUpdate,
  validateStatus: validatePodStatus,
  warnings: podWarnings,
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork === true),
    'status.phase': ({ status }) => status.phase ?? '',
    'status.podIP': ({ status }) => status.podIP ?? status.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
  columns: podColumns,
});
