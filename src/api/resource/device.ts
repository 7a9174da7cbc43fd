import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, notSupportedField, requiredField, tooLongField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { validateLabelName } from '../validation/labels.ts';
import { labelValueComplaints } from '../validation/names.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import { taintEffects } from './configuration.ts';
import type { Device, DeviceAttribute, DeviceCounterConsumption, DeviceTaint } from './device.schema.ts';
import { validateEntries, validateItems } from './items.ts';
import { validateLabelled, validateQualifiedName } from './names.ts';
import { validateNodeChoice } from './node-choice.ts';
import { validateCapacity } from './request-policy.ts';

const maxAttributesAndCapacities = 32;
const maxValue = 64;
const maxTaints = 16;
const maxConsumptions = 2;
const maxCounters = 32;

// https://semver.org: three numbers, then perhaps a pre-release and a build.
const number = '(0|[1-9]\\d*)';
const preRelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const version = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$`,
);

function validateAttribute(attribute: DeviceAttribute, path: string): FieldError[] {
  const { int, bool, string, version: versionValue } = attribute;
  const given = [int, bool, string, versionValue].filter((value) => value !== undefined);
  const long = (name: string, value = ''): FieldError[] =>
    Buffer.byteLength(value) > maxValue ? [tooLongField(`${path}.${name}`, maxValue)] : [];
  const detail = 'must be a string compatible with semver.org spec 2.0.0';
  return [
    ...long('string', string),
    ...(versionValue !== undefined && !version.test(versionValue)
      ? [invalidField(`${path}.version`, versionValue, detail)]
      : []),
    ...long('version', versionValue),
    ...(given.length === 1
      ? []
      : [invalidField(path, given.length === 0 ? '' : attribute, 'exactly one value must be specified')]),
  ];
}

function validateTaint({ key, value = '', effect }: DeviceTaint, path: string): FieldError[] {
  const isKnown = taintEffects.includes(effect);
  const unknown =
    effect === '' ? requiredField(`${path}.effect`) : notSupportedField(`${path}.effect`, effect, taintEffects);
  return [
    ...(key === ''
      ? invalidFields(`${path}.key`, key, ['name part must be non-empty'])
      : validateLabelName(key, `${path}.key`)),
    ...(value === '' ? [] : invalidFields(`${path}.value`, value, labelValueComplaints(value))),
    ...(isKnown ? [] : [unknown]),
  ];
}

/** The faults of named counters. */
export function validateCounters(counters: DeviceCounterConsumption['counters'], path: string): FieldError[] {
  if (Object.keys(counters ?? {}).length === 0) return [requiredField(path)];
  return validateEntries(counters, path, { most: maxCounters, name: validateLabelled });
}

function validateConsumption({ counterSet, counters }: DeviceCounterConsumption, path: string): FieldError[] {
  const at = `${path}.counterSet`;
  return [
    ...(counterSet === '' ? [requiredField(at)] : validateLabelled(counterSet, at)),
    ...validateCounters(counters, `${path}.counters`),
  ];
}

function validateNodes(device: Device, path: string, isPerDevice: boolean): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!isPerDevice) {
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    const isSet = [nodeName, nodeSelector, allNodes].some((value) => value !== undefined);
    return isSet ? [invalidField(path, null, detail)] : [];
  }
  const one =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return validateNodeChoice({ nodeName, nodeSelector, allNodes }, path, { emptyName: 'must not be empty', one });
}

/** The faults of one device of a slice; `old` is what it was before, if it was there. */
export function validateDevice(
  device: Device,
  path: string,
  { old, isPerDevice }: { readonly old: Device | undefined; readonly isPerDevice: boolean },
): FieldError[] {
  const { attributes = {}, capacity = {}, taints, consumesCounters } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const isShared = device.allowMultipleAllocations === true;
  const detail = `the total number of attributes and capacities must not exceed ${maxAttributesAndCapacities}`;
  return [
    ...validateLabelled(device.name, `${path}.name`),
    ...(count > maxAttributesAndCapacities ? [invalidField(path, count, detail)] : []),
    ...validateEntries(attributes, `${path}.attributes`, { name: validateQualifiedName, each: validateAttribute }),
    ...validateEntries(capacity, `${path}.capacity`, {
      name: validateQualifiedName,
      each: (value, at) => validateCapacity(value, at, isShared),
    }),
    ...(old !== undefined && semanticallyEqual(old.taints, taints)
      ? []
      : validateItems(taints, `${path}.taints`, { most: maxTaints, each: validateTaint })),
    ...validateItems(consumesCounters, `${path}.consumesCounters`, {
      most: maxConsumptions,
      each: validateConsumption,
      key: ({ counterSet }) => counterSet,
    }),
    ...validateNodes(device, path, isPerDevice),
    ...validateBindingConditions(device, path),
  ];
}
