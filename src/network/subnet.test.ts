import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatRange, overlaps, parseRange } from '../system/ipv4.ts';
import { chooseSubnet, findOverlap } from './subnet.ts';

const reserved = ['10.233.64.0/18', '10.233.0.0/18'];
const cases: Record<string, { foreign: string[]; clusters: string[]; expected: string | undefined }> = {
  'nothing in the way': { foreign: ['0.0.0.0/0', '192.0.2.0/24'], clusters: [], expected: '172.29.0.0/24' },
  'beside another cluster': { foreign: [], clusters: ['172.29.0.0/24'], expected: '172.29.1.0/24' },
  'a pool that the host uses is avoided': { foreign: ['172.29.7.0/24'], clusters: [], expected: '172.30.0.0/24' },
  'a VPN over all of 172.16/12': { foreign: ['172.16.0.0/12'], clusters: [], expected: '192.168.128.0/24' },
  "a VPN's two halves are a default route": {
    foreign: ['0.0.0.0/1', '128.0.0.0/1'],
    clusters: [],
    expected: '172.29.0.0/24',
  },
  'every pool touched': {
    foreign: ['172.16.0.0/12', '192.168.0.0/16', '10.0.0.0/8', '198.18.0.1/32'],
    clusters: [],
    expected: '198.18.1.0/24',
  },
  'nothing left': {
    foreign: ['172.16.0.0/12', '192.168.0.0/16', '10.0.0.0/8', '198.18.0.0/15'],
    clusters: [],
    expected: undefined,
  },
};

for (const [name, { foreign, clusters, expected }] of Object.entries(cases)) {
  test(`subnet: ${name}`, () => {
    assert.equal(chooseSubnet({ foreign, clusters, reserved }), expected);
  });
}

test('whatever the routes, the subnet overlaps none', () => {
  const route = fc.record({ base: fc.nat(2 ** 32 - 1), bits: fc.integer({ min: 4, max: 32 }) });
  fc.assert(
    fc.property(fc.array(route, { maxLength: 30 }), (routes) => {
      const foreign = routes.map((range) => formatRange(parseRange(formatRange(range)) ?? range));
      const chosen = chooseSubnet({ foreign, clusters: [], reserved });
      if (chosen === undefined) return;
      assert.equal(findOverlap(chosen, [...foreign, ...reserved]), undefined);
      const range = parseRange(chosen);
      for (const text of foreign) {
        const other = parseRange(text);
        assert.ok(range !== undefined && other !== undefined && !overlaps(range, other));
      }
    }),
  );
});
