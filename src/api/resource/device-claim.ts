import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import { maxConfigurations, validateConfiguration, validateSelectors, validateTolerations } from './configuration.ts';
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from './device-claim.schema.ts';
import { validateItems } from './items.ts';
import { validateFullyQualifiedName, validateLabelled } from './names.ts';

const maxRequests = 32;
const maxConstraints = 32;
const maxAlternatives = 8;
const modes = ['All', 'ExactCount'];

type Asked = ExactDeviceRequest | DeviceSubRequest;

function withCount<T extends Asked>(request: T): T {
  const allocationMode = (request.allocationMode ?? '') === '' ? 'ExactCount' : request.allocationMode;
  const { count = 0 } = request;
  return { ...request, allocationMode, ...(allocationMode === 'ExactCount' && count === 0 ? { count: 1 } : {}) };
}

/** A claim with its defaults: one device each, where nothing is said. */
export function defaultDeviceClaim(claim: DeviceClaim): DeviceClaim {
  const { requests } = claim;
  if (requests === undefined) return claim;
  return {
    ...claim,
    requests: requests.map((request) => ({
      ...request,
      ...(request.exactly === undefined ? {} : { exactly: withCount(request.exactly) }),
      ...(request.firstAvailable === undefined ? {} : { firstAvailable: request.firstAvailable.map(withCount) }),
    })),
  };
}

function validateAsked(asked: Asked, path: string): FieldError[] {
  const { deviceClassName, selectors, allocationMode = '', count = 0, tolerations } = asked;
  const at = `${path}.count`;
  const counted: Readonly<Record<string, FieldError[]>> = {
    All: count === 0 ? [] : [invalidField(at, count, "must not be specified when allocationMode is 'All'")],
    ExactCount: count > 0 ? [] : [invalidField(at, count, 'must be greater than zero')],
  };
  return [
    ...(deviceClassName === ''
      ? [requiredField(`${path}.deviceClassName`)]
      : invalidFields(`${path}.deviceClassName`, deviceClassName, dnsSubdomainComplaints(deviceClassName))),
    ...validateSelectors(selectors, `${path}.selectors`),
    ...(modes.includes(allocationMode)
      ? (counted[allocationMode] ?? [])
      : [notSupportedField(`${path}.allocationMode`, allocationMode, modes)]),
    ...validateTolerations(tolerations, `${path}.tolerations`),
  ];
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): FieldError[] {
  const errors = validateLabelled(name, `${path}.name`);
  const one = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly === undefined && firstAvailable.length === 0) return [...errors, requiredField(path, one)];
  if (exactly !== undefined && firstAvailable.length > 0) {
    return [...errors, invalidField(path, null, `${one}, but multiple fields are set`)];
  }
  if (exactly !== undefined) return [...errors, ...validateAsked(exactly, `${path}.exactly`)];
  return [
    ...errors,
    ...validateItems(firstAvailable, `${path}.firstAvailable`, {
      most: maxAlternatives,
      each: (part, at) => [...validateLabelled(part.name, `${at}.name`), ...validateAsked(part, at)],
      key: (part) => part.name,
    }),
  ];
}

/** What the requests of a claim are called: `name`, and `name/part` for each of its alternatives. */
export function requestNames({ requests = [] }: DeviceClaim): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((alternative) => `${name}/${alternative.name}`),
    ]),
  );
}

/** The faults of what names a request of the claim. */
export function validateRequestName(name: string, path: string, known: ReadonlySet<string>): FieldError[] {
  const detail =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = name.split('/');
  if (parts.length > 2) return [invalidField(path, name, detail)];
  return [
    ...parts.flatMap((part) => validateLabelled(part, path)),
    ...(known.has(name) ? [] : [invalidField(path, name, detail)]),
  ];
}

/** The faults of a list of names of requests. */
export function validateRequestNames(
  names: readonly string[] | undefined,
  path: string,
  known: ReadonlySet<string>,
): FieldError[] {
  const each = (name: string, at: string): FieldError[] => validateRequestName(name, at, known);
  return validateItems(names, path, { most: maxRequests, each, key: (name) => name });
}

function validateConstraint(constraint: DeviceConstraint, path: string, known: ReadonlySet<string>): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = validateRequestNames(requests, `${path}.requests`, known);
  if (matchAttribute !== undefined) {
    return [...errors, ...validateFullyQualifiedName(matchAttribute, `${path}.matchAttribute`)];
  }
  if (distinctAttribute !== undefined) {
    return [...errors, ...validateFullyQualifiedName(distinctAttribute, `${path}.distinctAttribute`)];
  }
  const detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [...errors, requiredField(path, detail)];
}

/** The faults of what a claim asks for. */
export function validateDeviceClaim(claim: DeviceClaim, path: string): FieldError[] {
  const known = requestNames(claim);
  return [
    ...validateItems(claim.requests, `${path}.requests`, {
      most: maxRequests,
      each: validateRequest,
      key: ({ name }) => name,
    }),
    ...validateItems(claim.constraints, `${path}.constraints`, {
      most: maxConstraints,
      each: (constraint, at) => validateConstraint(constraint, at, known),
    }),
    ...validateItems(claim.config, `${path}.config`, {
      most: maxConfigurations,
      each: (config, at) => [
        ...validateRequestNames(config.requests, `${at}.requests`, known),
        ...validateConfiguration(config, at),
      ],
    }),
  ];
}
