import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { APIService } from '../../api/apiregistration/api-service.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { failedCheck, judgeService, passed, withAvailability } from './availability.ts';
import { remoteApiOf } from './remote-api.ts';

const apiService = {
  metadata: { name: 'v1.example.com' },
  spec: { group: 'example.com', version: 'v1', service: { namespace: 'default', name: 'web', port: 7443 } },
  status: {},
} as unknown as APIService;
const api = remoteApiOf(apiService);
assert.ok(api !== undefined);

const service = (fields: object): Service => ({ spec: { ...fields } }) as unknown as Service;
const port = (number: number) => ({ type: 'ClusterIP', ports: [{ name: 'https', port: number }] });
const slice = (ready: boolean | undefined, name = 'https'): EndpointSlice =>
  ({
    endpoints: [{ addresses: ['192.0.2.1'], conditions: ready === undefined ? undefined : { ready } }],
    ports: [{ name, port: 8443 }],
  }) as unknown as EndpointSlice;

const shown = 'service/web in "default"';
const cases: Record<string, { service: Service | undefined; slices?: EndpointSlice[]; said: [string, string] | [] }> = {
  'no Service': { service: undefined, said: ['ServiceNotFound', `${shown} is not present`] },
  'another port': {
    service: service(port(443)),
    said: ['ServicePortError', `${shown} is not listening on port 7443`],
  },
  'no slices': {
    service: service(port(7443)),
    said: ['EndpointsNotFound', `cannot find endpointslices for ${shown}`],
  },
  'nothing ready': {
    service: service(port(7443)),
    slices: [slice(false)],
    said: ['MissingEndpoints', `endpointslices for ${shown} have no addresses with port name "https"`],
  },
  'another port name': {
    service: service(port(7443)),
    slices: [slice(true, 'http')],
    said: ['MissingEndpoints', `endpointslices for ${shown} have no addresses with port name "https"`],
  },
  'something ready': { service: service(port(7443)), slices: [slice(false), slice(true)], said: [] },
  'nobody says whether': { service: service(port(7443)), slices: [slice(undefined)], said: [] },
  'a Service elsewhere': { service: service({ type: 'ExternalName', externalName: 'example.com' }), said: [] },
};
for (const [name, { service: found, slices = [], said }] of Object.entries(cases)) {
  test(`judges ${name}`, () => {
    const judged = judgeService(api, found, slices);
    assert.deepEqual(judged === undefined ? [] : [judged.reason, judged.message], said);
  });
}

test('a condition keeps its time while its status stays, and others stay where they are', () => {
  const other = { type: 'Other', status: 'True' };
  const fresh = withAvailability({ ...apiService, status: { conditions: [other] } }, failedCheck('a'), 'one');
  const again = withAvailability(fresh, failedCheck('b'), 'two');
  assert.deepEqual(again.status.conditions?.[1], {
    type: 'Available',
    status: 'False',
    lastTransitionTime: 'one',
    reason: 'FailedDiscoveryCheck',
    message: 'b',
  });
  assert.equal(withAvailability(again, failedCheck('b'), 'three'), again);
  const [kept, available] = withAvailability(again, passed, 'four').status.conditions ?? [];
  assert.deepEqual([kept, available?.status, available?.lastTransitionTime], [other, 'True', 'four']);
});

test('what this server cannot do without is never given away', () => {
  const of = (group: string) => remoteApiOf({ ...apiService, spec: { ...apiService.spec, group } });
  assert.deepEqual([of(''), of('apiregistration.k8s.io')], [undefined, undefined]);
});
