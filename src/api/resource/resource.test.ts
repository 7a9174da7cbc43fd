import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made, statusFaultsOf } from '../testing/judge.ts';
import { deviceClassKind } from './device-class.ts';
import { resourceClaimTemplateKind } from './resource-claim-template.ts';
import { resourceClaimKind } from './resource-claim.ts';
import { resourceSliceKind } from './resource-slice.ts';

const claimOf = (devices: object) => made(resourceClaimKind, { spec: { devices }, status: {} });
const gpu = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } };

describe('a claim on devices', () => {
  it('is for one of each, where nothing is said', () => {
    const { requests } = claimOf({ requests: [gpu] }).spec.devices;
    assert.deepEqual(requests?.[0]?.exactly, {
      deviceClassName: 'gpu.example.com',
      allocationMode: 'ExactCount',
      count: 1,
    });
  });

  const one = 'exactly one of `exactly` or `firstAvailable` is required';
  const cases: Readonly<Record<string, readonly [devices: object, ...faults: string[]]>> = {
    'as it should be': [
      {
        requests: [gpu, { name: 'other', firstAvailable: [{ name: 'big', deviceClassName: 'a' }] }],
        constraints: [{ requests: ['gpu', 'other/big'], matchAttribute: 'dra.example.com/model' }],
        config: [{ requests: ['gpu'], opaque: { driver: 'dra.example.com', parameters: { a: 1 } } }],
      },
    ],
    'without what is asked for': [
      { requests: [{ name: 'a' }, { ...gpu, firstAvailable: [{ name: 'b', deviceClassName: 'c' }] }] },
      `spec.devices.requests[0]: Required value: ${one}`,
      `spec.devices.requests[1]: Invalid value: "null": ${one}, but multiple fields are set`,
    ],
    'with the same name twice': [{ requests: [gpu, gpu] }, 'spec.devices.requests[1]: Duplicate value: "gpu"'],
    'with a count that does not fit': [
      {
        requests: [
          { name: 'a', exactly: { deviceClassName: 'c', count: -1 } },
          { name: 'b', exactly: { deviceClassName: '', allocationMode: 'All', count: 1 } },
          { name: 'd', exactly: { deviceClassName: 'c', allocationMode: 'Some' } },
        ],
      },
      'spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero',
      'spec.devices.requests[1].exactly.deviceClassName: Required value',
      "spec.devices.requests[1].exactly.count: Invalid value: 1: must not be specified when allocationMode is 'All'",
      'spec.devices.requests[2].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
    ],
    'with constraints on what is not there': [
      { requests: [gpu], constraints: [{ requests: ['x'], matchAttribute: 'model' }, {}] },
      'spec.devices.constraints[0].requests[0]: Invalid value: "x": must be the name of a request in the claim or ' +
        "the name of a request and a subrequest separated by '/'",
      'spec.devices.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain ' +
        'and a name separated by a slash',
      'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is ' +
        'required, but multiple fields are set',
    ],
    'with parameters that are no object': [
      { config: [{ opaque: { driver: 'd', parameters: 'x' } }, {}] },
      'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      'spec.devices.config[1].opaque: Required value',
    ],
  };
  for (const [name, [devices, ...faults]] of Object.entries(cases)) {
    it(name, () => {
      assert.deepEqual(faultsOf(resourceClaimKind, claimOf(devices)), faults);
      const template = made(resourceClaimTemplateKind, { spec: { metadata: {}, spec: { devices } } });
      const elsewhere = faults.map((fault) => fault.replace('spec.devices', 'spec.spec.devices'));
      assert.deepEqual(faultsOf(resourceClaimTemplateKind, template), elsewhere);
    });
  }

  it('does not change', () => {
    const [fault = ''] = faultsOf(resourceClaimKind, claimOf({ requests: [] }), claimOf({ requests: [gpu] }));
    assert.match(fault, /^spec: Invalid value: .*: field is immutable$/);
  });
});

describe('the status of a claim', () => {
  const claim = claimOf({ requests: [gpu] });
  const result = { request: 'gpu', driver: 'd', pool: 'p', device: 'gpu-0' };
  const allocation = { devices: { results: [result] } };
  const pod = { resource: 'pods', name: 'web', uid: '1' };
  const device = { driver: 'd', pool: 'p', device: 'gpu-0' };
  const cases: Readonly<Record<string, readonly [status: object, ...faults: string[]]>> = {
    'as it should be': [
      { allocation, reservedFor: [pod], devices: [{ ...device, networkData: { ips: ['10.0.0.1/8'] } }] },
    ],
    'reserved without an allocation': [
      { reservedFor: [pod, pod] },
      'status.reservedFor[1]: Duplicate value: "1"',
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ],
    'of a device that was not allocated': [
      { devices: [device] },
      'status.devices[0]: Invalid value: "d/p/gpu-0": must be an allocated device in the claim',
    ],
    'for a request that is not there': [
      { allocation: { devices: { results: [{ ...result, request: 'x' }], config: [{ source: 'Else' }] } } },
      'status.allocation.devices.results[0].request: Invalid value: "x": must be the name of a request in the claim ' +
        "or the name of a request and a subrequest separated by '/'",
      'status.allocation.devices.config[0].source: Unsupported value: "Else": supported values: "FromClaim", "FromClass"',
      'status.allocation.devices.config[0].opaque: Required value',
    ],
    'with conditions that say nothing': [
      { allocation, devices: [{ ...device, conditions: [{ type: 'Ready', status: 'Yes', reason: '', message: '' }] }] },
      'status.devices[0].conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
      'status.devices[0].conditions[0].lastTransitionTime: Required value',
      'status.devices[0].conditions[0].reason: Required value',
    ],
    'with an address in another form': [
      { allocation, devices: [{ ...device, networkData: { ips: ['10.0.0.1', '2001:DB8::1/64'] } }] },
      'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, ' +
        '(e.g. 10.9.8.7/24 or 2001:db8::1/64)',
      'status.devices[0].networkData.ips[1]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")',
    ],
  };
  for (const [name, [status, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(statusFaultsOf(resourceClaimKind, claim, status), faults));
  }

  it('is told in a word', () => {
    const state = (status: object, metadata: object = {}) =>
      cellsOf(resourceClaimKind, { ...claim, status, metadata: { ...claim.metadata, ...metadata } })['State'];
    assert.equal(state({}), 'pending');
    assert.equal(state({ allocation, reservedFor: [pod] }), 'allocated,reserved');
    assert.equal(state({ allocation }, { deletionTimestamp: '2026-01-01T00:00:00Z' }), 'deleted,allocated');
  });
});

describe('a slice of devices', () => {
  const pool = { name: 'node-1', generation: 1, resourceSliceCount: 1 };
  const slice = (spec: object) =>
    made(resourceSliceKind, { spec: { driver: 'dra.example.com', pool, nodeName: 'n1', ...spec } });
  const shared = (requestPolicy: object) => ({
    devices: [{ name: 'a', allowMultipleAllocations: true, capacity: { memory: { value: '10Gi', requestPolicy } } }],
  });
  const policy = 'spec.devices[0].capacity[memory].requestPolicy';
  const cases: Readonly<Record<string, readonly [spec: object, ...faults: string[]]>> = {
    'as it should be': [
      { devices: [{ name: 'gpu-0', attributes: { model: { string: 'x' } }, capacity: { memory: { value: '40Gi' } } }] },
    ],
    'on no node, or in two ways': [
      { nodeName: '', allNodes: true, perDeviceNodeSelection: true },
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      'spec: Invalid value: "{`allNodes`, `perDeviceNodeSelection`}": exactly one of `nodeName`, `nodeSelector`, ' +
        '`allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
    'of an impossible pool': [
      { driver: '', pool: { name: 'A//b', generation: -1, resourceSliceCount: 0 } },
      'spec.driver: Required value',
      ...['A', '', 'b'].flatMap((part) =>
        part === 'b'
          ? []
          : [
              `spec.pool.name: Invalid value: "${part}": a lowercase RFC 1123 subdomain must consist of lower case ` +
                "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. " +
                "'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            ],
      ),
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
    ],
    'with attributes that have no value, or two': [
      { devices: [{ name: 'a', attributes: { x: {}, y: { int: 1, version: 'one' } } }] },
      'spec.devices[0].attributes[x]: Invalid value: "": exactly one value must be specified',
      'spec.devices[0].attributes[y].version: Invalid value: "one": must be a string compatible with semver.org spec 2.0.0',
      'spec.devices[0].attributes[y]: Invalid value: {"int":1,"version":"one"}: exactly one value must be specified',
    ],
    'with taints without an effect': [
      {
        devices: [
          {
            name: 'a',
            taints: [
              { key: 'k', effect: '' },
              { key: 'k', effect: 'Else' },
            ],
          },
        ],
      },
      'spec.devices[0].taints[0].effect: Required value',
      'spec.devices[0].taints[1].effect: Unsupported value: "Else": supported values: "NoExecute", "NoSchedule", "None"',
    ],
    'divided without a default': [
      shared({ validValues: ['1Gi'] }),
      `${policy}.default: Required value: required when validValues is defined`,
    ],
    'divided into too much': [
      shared({ default: '3Gi', validRange: { min: '2Gi', max: '12Gi', step: '2Gi' } }),
      `${policy}.validRange.max: Invalid value: "12Gi": max is larger than capacity value: 10Gi`,
      `${policy}.validRange.step: Invalid value: "3Gi": value is not a multiple of a given step (2Gi) from (2Gi)`,
    ],
    'divided, but not shared': [
      { devices: [{ name: 'a', capacity: { memory: { value: '1Gi', requestPolicy: { default: '1Gi' } } } }] },
      `${policy}: Forbidden: allowMultipleAllocations must be true`,
    ],
    'with conditions for binding, but none for failing': [
      { devices: [{ name: 'a', bindingConditions: ['ready'] }] },
      'spec.devices[0].bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use ' +
        'bindingConditions',
    ],
  };
  for (const [name, [spec, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(resourceSliceKind, slice(spec)), faults));
  }

  it('keeps its pool, driver and node', () => {
    const changed = slice({ driver: 'other', nodeName: 'n2', pool: { ...pool, name: 'more' } });
    assert.deepEqual(
      faultsOf(resourceSliceKind, changed, slice({})).map((fault) => fault.split(':')[0]),
      ['spec.pool.name', 'spec.driver', 'spec.nodeName'],
    );
  });

  it('dates its taints', () => {
    const { devices } = slice({ devices: [{ name: 'a', taints: [{ key: 'k', effect: 'None' }] }] }).spec;
    assert.equal(devices?.[0]?.taints?.[0]?.timeAdded, '2026-01-01T00:00:00Z');
  });
});

it('a class of devices names an extended resource as one', () => {
  const wrong = made(deviceClassKind, { spec: { extendedResourceName: 'cpu', selectors: [{}] } });
  assert.deepEqual(faultsOf(deviceClassKind, wrong), [
    'spec.selectors[0].cel: Required value',
    'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
  ]);
});
