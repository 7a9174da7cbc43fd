import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import { unansweredServices } from './service-notes.ts';

const metadata = (name: string) => ({
  name,
  namespace: 'default',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const service = (name: string, spec: ServiceSpec = { selector: { app: name } }): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(name),
  spec,
  status: { loadBalancer: {} },
});
const slice = (name: string, ...ready: readonly boolean[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata(name), labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints: ready.map((value, index) => ({ addresses: [`10.0.0.${index}`], conditions: { ready: value } })),
});

test('Services that select pods and have no ready one are named', () => {
  const services = [
    service('web'),
    service('unready'),
    service('empty'),
    service('by-hand', {}),
    service('elsewhere', { type: 'ExternalName', externalName: 'example.com', selector: { app: 'x' } }),
  ];
  const slices = [slice('web', false, true), slice('unready', false), slice('empty')];
  assert.deepEqual(unansweredServices(services, slices), ['default/empty', 'default/unready']);
});
