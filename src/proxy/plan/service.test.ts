import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { RulesetTable } from '../ruleset.ts';
import { testConfiguration, testEndpoint, testService, testSlice } from '../testing/objects.ts';
import { trace } from '../testing/tracer.ts';
import { planService } from './service.ts';
import { planSkeleton } from './skeleton.ts';

const localAddresses = ['127.0.0.0/8', '172.29.0.11', '10.233.0.3', '10.233.64.1'];

function rulesetOf(service: Service, slices: readonly EndpointSlice[], configuration = testConfiguration) {
  const table = new RulesetTable();
  table.set('web', planService(service, slices, configuration));
  return table.ruleset(planSkeleton(configuration));
}

const local = testEndpoint('10.233.64.7');
const remote = testEndpoint('10.233.65.7');
const both = [testSlice([local, remote])];
const nodePort = { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] } as const;
test('session affinity: a client is remembered, and sent where it was before', () => {
  const ruleset = rulesetOf(
    testService({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }),
    both,
  );
  assert.deepEqual([...ruleset.affinitySets.values()], [60, 60]);
  const packet = { source: '10.233.64.5', destination: '10.233.0.10', protocol: 'TCP', port: 80 } as const;
  const first = trace(ruleset, packet, { localAddresses });
  assert.equal(first.length, 2);
  for (const { to, remembered = [] } of first) {
    const again = trace(ruleset, packet, { localAddresses, rememberedIn: remembered });
    assert.deepEqual(again, [{ verdict: 'delivered', to, remembered }]);
  }
});

test('an object with hostile names and addresses renders nothing of them', () => {
  const hostile = '1.2.3.4; flush ruleset';
  const service = testService(
    { clusterIP: '10.233.0.10', externalIPs: [hostile], ...nodePort },
    { name: 'x } drop {' },
  );
  const ruleset = rulesetOf(service, [testSlice([{ addresses: [hostile] }], { ports: [{ port: 99999 }] })]);
  const text = JSON.stringify([[...ruleset.chains], [...ruleset.verdicts].map(([map, found]) => [map, [...found]])]);
  assert.doesNotMatch(text, /flush|\} drop/);
});
