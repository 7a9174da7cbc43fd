import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { testService, testSlice } from '../testing/objects.ts';
import { planEndpoints } from './endpoints.ts';

const named = testService('a', {
  ports: [
    { name: 'web', port: 80, targetPort: 'http' },
    { name: 'db', port: 81 },
    { name: 'udp', port: 82, protocol: 'UDP' },
  ],
});
const web = { portName: 'web' };
const cases: Readonly<
  Record<
    string,
    { port?: number | string; service?: Service | undefined; slices: readonly EndpointSlice[]; to: readonly string[] }
  >
> = {
  'by number, through the port of the slice': {
    port: 80,
    slices: [testSlice('a', 8080, ['10.0.0.2', '10.0.0.1'], web)],
    to: ['10.0.0.1:8080', '10.0.0.2:8080'],
  },
  'by name': { port: 'web', slices: [testSlice('a', 8080, ['10.0.0.1'], web)], to: ['10.0.0.1:8080'] },
  'the first port': { slices: [testSlice('a', 8080, ['10.0.0.1'], web)], to: ['10.0.0.1:8080'] },
  'another port of the same Service': { port: 81, slices: [testSlice('a', 8080, ['10.0.0.1'], web)], to: [] },
  'a port without name': {
    port: 80,
    service: testService('a'),
    slices: [testSlice('a', 8080, ['10.0.0.1'])],
    to: ['10.0.0.1:8080'],
  },
  'no such port': { port: 99, slices: [testSlice('a', 8080, ['10.0.0.1'], web)], to: [] },
  'a UDP port': { port: 82, slices: [testSlice('a', 8080, ['10.0.0.1'], { portName: 'udp' })], to: [] },
  'no Service': { port: 80, service: undefined, slices: [testSlice('a', 8080, ['10.0.0.1'], web)], to: [] },
  'the same endpoint in two slices': {
    port: 80,
    slices: [testSlice('a', 8080, ['10.0.0.1'], web), testSlice('a', 8080, ['10.0.0.1'], { ...web, name: 'a-2' })],
    to: ['10.0.0.1:8080'],
  },
  'ready ones only': {
    port: 80,
    slices: [testSlice('a', 8080, ['10.0.0.1', ['10.0.0.2', { ready: false, serving: true, terminating: true }]], web)],
    to: ['10.0.0.1:8080'],
  },
  'those going away as a last resort': {
    port: 80,
    slices: [
      testSlice(
        'a',
        8080,
        [
          ['10.0.0.1', { ready: false }],
          ['10.0.0.2', { ready: false, serving: true, terminating: true }],
        ],
        web,
      ),
    ],
    to: ['10.0.0.2:8080'],
  },
  'what is no IPv4 address': {
    port: 80,
    slices: [
      testSlice('a', 8080, ['::1', '1.2.3.4,5.6.7.8:9'], web),
      { ...testSlice('a', 8080, ['10.0.0.1'], web), addressType: 'FQDN' },
    ],
    to: [],
  },
};

for (const [name, { port, slices, to, ...rest }] of Object.entries(cases)) {
  test(`endpoints: ${name}`, () => {
    const service = 'service' in rest ? rest.service : named;
    assert.deepEqual(planEndpoints({ byAddress: false, port }, service, slices), to);
  });
}
