import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateCounters, validateDevice } from './device.ts';
import type { Device } from './device.schema.ts';
import { validateItems } from './items.ts';
import { validateDriverName, validateLabelled, validatePoolName } from './names.ts';
import { validateNodeChoice } from './node-choice.ts';
import { ResourceSlice } from './resource-slice.schema.ts';
import type { ResourceSliceSpec } from './resource-slice.schema.ts';

const maxDevices = 128;
/** Of devices with taints or counters, which are more work to look at. */
const maxDevicesWithMore = 64;
const maxCounterSets = 8;

function validatePool({ name, generation, resourceSliceCount }: ResourceSliceSpec['pool']): FieldError[] {
  const path = 'spec.pool';
  return [
    ...validatePoolName(name, `${path}.name`),
    ...(resourceSliceCount > 0
      ? []
      : [invalidField(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero')]),
    ...(generation < 0
      ? [invalidField(`${path}.generation`, generation, 'must be greater than or equal to zero')]
      : []),
  ];
}

function validateNodes(spec: ResourceSliceSpec): FieldError[] {
  const one =
    'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required' +
    ([spec.nodeName, spec.nodeSelector, spec.allNodes, spec.perDeviceNodeSelection].filter(Boolean).length > 1
      ? ', but multiple fields are set'
      : '');
  const emptyName = 'must be either unset or set to a non-empty string';
  const terms = spec.nodeSelector?.nodeSelectorTerms ?? [];
  const at = 'spec.nodeSelector.nodeSelectorTerms';
  return [
    ...validateNodeChoice(spec, 'spec', { emptyName, one }),
    ...(spec.nodeSelector !== undefined && terms.length !== 1
      ? [invalidField(at, terms, 'must have exactly one node selector term')]
      : []),
  ];
}

function validateSpec(spec: ResourceSliceSpec, old: ResourceSliceSpec | undefined): FieldError[] {
  const { devices, sharedCounters, perDeviceNodeSelection = false } = spec;
  const hasMore = (devices ?? []).some(
    ({ taints = [], consumesCounters = [] }) => taints.length > 0 || consumesCounters.length > 0,
  );
  const before = new Map(old?.devices?.map((device) => [device.name, device]));
  return [
    ...validateDriverName(spec.driver, 'spec.driver'),
    ...validatePool(spec.pool),
    ...validateNodes(spec),
    ...(sharedCounters !== undefined && devices !== undefined
      ? [invalidField('spec', '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...validateItems(devices, 'spec.devices', {
      most: hasMore ? maxDevicesWithMore : maxDevices,
      each: (device, path) =>
        validateDevice(device, path, { old: before.get(device.name), isPerDevice: perDeviceNodeSelection }),
      key: ({ name }) => name,
    }),
    ...validateItems(sharedCounters, 'spec.sharedCounters', {
      most: maxCounterSets,
      each: ({ name, counters }, path) => [
        ...(name === '' ? [requiredField(`${path}.name`)] : validateLabelled(name, `${path}.name`)),
        ...validateCounters(counters, `${path}.counters`),
      ],
      key: ({ name }) => name,
    }),
  ];
}

/** A device without what is off by default in this version: lists as attributes, and resources of the node. */
function withoutPreviews({ nodeAllocatableResourceMappings: _mappings, ...device }: Device): Device {
  if (device.attributes === undefined) return device;
  const attributes = Object.entries(device.attributes).map(([name, attribute]) => {
    const { ints: _ints, bools: _bools, strings: _strings, versions: _versions, ...kept } = attribute;
    return [name, kept];
  });
  return { ...device, attributes: Object.fromEntries(attributes) };
}

/** A slice as it is kept: of a taint without a time it is known since when it is there. */
function prepared(slice: ResourceSlice, now: string): ResourceSlice {
  const { devices } = slice.spec;
  if (devices === undefined) return slice;
  const dated = (device: Device): Device =>
    device.taints === undefined
      ? device
      : { ...device, taints: device.taints.map((taint) => ({ ...taint, timeAdded: taint.timeAdded ?? now })) };
  return { ...slice, spec: { ...slice.spec, devices: devices.map((device) => dated(withoutPreviews(device))) } };
}

export const resourceSliceKind = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  namespaced: false,
  schema: ResourceSlice,
  prepareForCreate: (slice, { now }) => prepared(slice, now),
  prepareForUpdate: (slice, _old, { now }) => prepared(slice, now),
  validateCreate: ({ spec }) => validateSpec(spec, undefined),
  validateUpdate: ({ spec }, { spec: old }) => [
    ...validateSpec(spec, old),
    ...validateImmutable(spec.pool.name, old.pool.name, 'spec.pool.name'),
    ...validateImmutable(spec.driver, old.driver, 'spec.driver'),
    ...validateImmutable(spec.nodeName, old.nodeName, 'spec.nodeName'),
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver,
  },
  columns: [
    nameColumn(),
    textColumn('Node', ({ spec }) => spec.nodeName ?? ''),
    textColumn('Driver', ({ spec }) => spec.driver),
    textColumn('Pool', ({ spec }) => spec.pool.name),
    ageColumn(),
  ],
});
