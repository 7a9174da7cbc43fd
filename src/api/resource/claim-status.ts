import { validateNodeSelector } from '../core/affinity.ts';
import type { FieldError } from '../field-error.ts';
import {
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
  tooLongField,
  tooManyField,
} from '../field-error.ts';
import { validateConditions } from '../validation/conditions.ts';
import { semanticallyEqual, validateImmutable } from '../validation/equality.ts';
import { formatIp, parseRange } from '../values/ip-range.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
} from './allocation.schema.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import { maxConfigurations, validateConfiguration, validateOpaque } from './configuration.ts';
import { requestNames, validateRequestName, validateRequestNames } from './device-claim.ts';
import { validateItems } from './items.ts';
import { validateDriverName, validateLabelled, validatePoolName, validateShareId } from './names.ts';
import type { ResourceClaim } from './resource-claim.schema.ts';

const maxConsumers = 256;
const maxResults = 32;
const maxConditions = 8;
const maxIps = 16;
const maxInterfaceName = 256;
const maxHardwareAddress = 128;
const sources = ['FromClaim', 'FromClass'];

type Identified = Pick<AllocatedDeviceStatus, 'driver' | 'pool' | 'device' | 'shareID'>;
/** What tells one device, or one share of it, from all others. */
const deviceId = ({ driver, pool, device, shareID }: Identified): string =>
  [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');

function validateResult(result: DeviceRequestAllocationResult, path: string, known: ReadonlySet<string>): FieldError[] {
  return [
    ...validateRequestName(result.request, `${path}.request`, known),
    ...validateDriverName(result.driver, `${path}.driver`),
    ...validatePoolName(result.pool, `${path}.pool`),
    ...validateLabelled(result.device, `${path}.device`),
    ...validateBindingConditions(result, path),
    ...validateShareId(result.shareID, `${path}.shareID`),
  ];
}

function validateSource({ source }: DeviceAllocationConfiguration, path: string): FieldError[] {
  if (source === '') return [requiredField(path)];
  return sources.includes(source) ? [] : [notSupportedField(path, source, sources)];
}

function validateAllocation(allocation: AllocationResult, path: string, known: ReadonlySet<string>): FieldError[] {
  const { devices, nodeSelector } = allocation;
  return [
    ...validateItems(devices.results, `${path}.devices.results`, {
      most: maxResults,
      each: (result, at) => validateResult(result, at, known),
    }),
    ...validateItems(devices.config, `${path}.devices.config`, {
      // Those of the class and those of the claim.
      most: 2 * maxConfigurations,
      each: (config, at) => [
        ...validateSource(config, `${at}.source`),
        ...validateRequestNames(config.requests, `${at}.requests`, known),
        ...validateConfiguration(config, at),
      ],
    }),
    ...(nodeSelector === undefined ? [] : validateNodeSelector(nodeSelector, `${path}.nodeSelector`)),
  ];
}

function validateInterfaceAddress(value: string, path: string): FieldError[] {
  const range = parseRange(value);
  if (range === undefined) {
    return [invalidField(path, value, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')];
  }
  const canonical = `${formatIp(range)}/${range.length}`;
  return value === canonical
    ? []
    : [invalidField(path, value, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function validateNetworkData(data: NetworkDeviceData | undefined, path: string): FieldError[] {
  if (data === undefined) return [];
  const { interfaceName = '', hardwareAddress = '', ips } = data;
  return [
    ...(interfaceName.length > maxInterfaceName ? [tooLongField(`${path}.interfaceName`, maxInterfaceName)] : []),
    ...(hardwareAddress.length > maxHardwareAddress
      ? [tooLongField(`${path}.hardwareAddress`, maxHardwareAddress)]
      : []),
    ...validateItems(ips, `${path}.ips`, { most: maxIps, each: validateInterfaceAddress, key: (ip) => ip }),
  ];
}

function validateDevice(device: AllocatedDeviceStatus, path: string, allocated: ReadonlySet<string>): FieldError[] {
  const { conditions = [], data } = device;
  const id = deviceId(device);
  return [
    ...validateDriverName(device.driver, `${path}.driver`),
    ...validatePoolName(device.pool, `${path}.pool`),
    ...validateLabelled(device.device, `${path}.device`),
    ...validateShareId(device.shareID, `${path}.shareID`),
    ...(allocated.has(id) ? [] : [invalidField(path, id, 'must be an allocated device in the claim')]),
    ...(conditions.length > maxConditions
      ? [tooManyField(`${path}.conditions`, conditions.length, maxConditions)]
      : []),
    ...validateConditions(conditions, `${path}.conditions`),
    ...(data === undefined ? [] : validateOpaque(data, `${path}.data`)),
    ...validateNetworkData(device.networkData, `${path}.networkData`),
  ];
}

function validateConsumers({ status, metadata }: ResourceClaim, { status: old }: ResourceClaim): FieldError[] {
  const { reservedFor = [], allocation } = status;
  const path = 'status.reservedFor';
  const each = (consumer: (typeof reservedFor)[number], at: string): FieldError[] =>
    (['resource', 'name', 'uid'] as const).flatMap((name) =>
      consumer[name] === '' ? [requiredField(`${at}.${name}`)] : [],
    );
  const errors = validateItems(reservedFor, path, { most: maxConsumers, each, key: ({ uid }) => uid });
  if (reservedFor.length === 0) return errors;
  if (allocation === undefined) {
    return [...errors, forbiddenField(path, 'may not be specified when `allocated` is not set')];
  }
  const isNew = (consumer: object): boolean =>
    !(old.reservedFor ?? []).some((before) => semanticallyEqual(before, consumer));
  if (metadata.deletionTimestamp === undefined || !reservedFor.some(isNew)) return errors;
  const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [...errors, forbiddenField(path, detail)];
}

/** The faults of a report on a claim: who uses it, which devices it has, and how they are. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const { allocation, devices } = claim.status;
  const allocated = new Set(allocation?.devices.results?.map(deviceId));
  const before = old.status.allocation;
  return [
    ...validateConsumers(claim, old),
    ...validateItems(devices, 'status.devices', {
      each: (device, path) => validateDevice(device, path, allocated),
      key: deviceId,
    }),
    ...(before !== undefined && allocation !== undefined
      ? validateImmutable(allocation, before, 'status.allocation')
      : []),
    ...(before === undefined && allocation !== undefined
      ? validateAllocation(allocation, 'status.allocation', requestNames(claim.spec.devices))
      : []),
  ];
}
