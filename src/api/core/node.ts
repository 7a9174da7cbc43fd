import { validateAmount } from './resources.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { validateCidr } from '../validation/ip.ts';
import { labelValueComplaints } from '../validation/names.ts';
import { validateLabelName } from '../validation/labels.ts';
import type { Taint } from './node.schema.ts';
import { Node } from './node.schema.ts';

const rolePrefix = 'node-role.kubernetes.io/';
const roleLabel = 'kubernetes.io/role';

function statusCell({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const word = ready === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
  return spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function rolesCell({ metadata: { labels = {} } }: Node): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
    return key === roleLabel ? [value] : [];
  });
  return (
    roles
      .filter((role) => role !== '')
      .toSorted()
      .join(',') || '<none>'
  );
}

const addressCell =
  (type: string) =>
  (node: Node): string =>
    node.status.addresses?.find((each) => each.type === type)?.address ?? '<none>';

function validateTaints(taints: readonly Taint[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, index) => {
    const path = `spec.taints[${index}]`;
    const id = `${taint.key}/${taint.effect}`;
    const repeated = seen.has(id);
    seen.add(id);
    return [
      ...validateLabelName(taint.key, `${path}.key`),
      ...labelValueComplaints(taint.value ?? '').map((text) => invalidField(`${path}.value`, taint.value, text)),
      ...((taint.effect as string) === '' ? [requiredField(`${path}.effect`)] : []),
      ...(repeated ? [duplicateField(path, taint)] : []),
    ];
  });
}

const familyOf = (range: string): string => (range.includes(':') ? 'IPv6' : 'IPv4');

function validateNode({ spec }: Node): FieldError[] {
  const { podCIDRs = [], podCIDR } = spec;
  return [
    ...validateTaints(spec.taints),
    ...podCIDRs.flatMap((range, index) => validateCidr(range, `spec.podCIDRs[${index}]`)),
    ...(new Set(podCIDRs.map(familyOf)).size < podCIDRs.length
      ? [invalidField('spec.podCIDRs', podCIDRs, 'may specify no more than one CIDR for each IP family')]
      : []),
    ...(podCIDR !== undefined && podCIDR !== '' && podCIDRs.length === 0 ? validateCidr(podCIDR, 'spec.podCIDR') : []),
  ];
}

/** The faults of what a node reports: amounts below zero, and an address that is there twice. */
function validateNodeStatus({ status }: Node): FieldError[] {
  const { capacity = {}, allocatable = {}, addresses = [] } = status;
  const seen = new Set<string>();
  return [
    ...Object.entries(capacity).flatMap(([name, amount]) => validateAmount(name, amount, `status.capacity.${name}`)),
    ...Object.entries(allocatable).flatMap(([name, amount]) =>
      validateAmount(name, amount, `status.allocatable.${name}`),
    ),
    ...addresses.flatMap((address, index) => {
      const id = `${address.type}/${address.address}`;
      if (seen.has(id)) return [duplicateField(`status.addresses[${index}]`, address)];
      seen.add(id);
      return [];
    }),
  ];
}

function validateNodeUpdate({ spec }: Node, { spec: old }: Node): FieldError[] {
  const errors: FieldError[] = [];
  // Routes and addresses follow from a node's range: once given it stays.
  if ((old.podCIDRs ?? []).length > 0 && !semanticallyEqual(spec.podCIDRs, old.podCIDRs)) {
    errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if ((old.providerID ?? '') !== '' && spec.providerID !== old.providerID) {
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

export const nodeKind = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: Node,
  subresources: {
    status: true,
    proxy: {
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      kind: { group: '', version: 'v1', kind: 'NodeProxyOptions' },
    },
  },
  defaults: (node) => {
    const { podCIDR = '', podCIDRs = [] } = node.spec;
    // The single range and the list say the same.
    if (podCIDR !== '' && podCIDRs.length === 0) return { ...node, spec: { ...node.spec, podCIDRs: [podCIDR] } };
    if (podCIDR === '' && podCIDRs[0] !== undefined) return { ...node, spec: { ...node.spec, podCIDR: podCIDRs[0] } };
    return node;
  },
  // A kubelet registers itself with its status in one go.
  prepareForCreate: (node) => node,
  validate: validateNode,
  // Nodes say what they have when they register.
  validateCreate: validateNodeStatus,
  validateUpdate: validateNodeUpdate,
  validateStatus: validateNodeStatus,
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable === true) },
  columns: [
    nameColumn(),
    textColumn('Status', statusCell),
    textColumn('Roles', rolesCell),
    ageColumn(),
    textColumn('Version', ({ status }) => status.nodeInfo?.kubeletVersion ?? ''),
    wideColumn('Internal-IP', addressCell('InternalIP')),
    wideColumn('External-IP', addressCell('ExternalIP')),
    wideColumn('OS-Image', ({ status }) => status.nodeInfo?.osImage || '<unknown>'),
    wideColumn('Kernel-Version', ({ status }) => status.nodeInfo?.kernelVersion || '<unknown>'),
    wideColumn('Container-Runtime', ({ status }) => status.nodeInfo?.containerRuntimeVersion || '<unknown>'),
  ],
});
