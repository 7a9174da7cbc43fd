import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIp, isNetwork, parseIp, parseRange, rangeContains } from './ip-range.ts';

describe('the canonical form of an address', () => {
  const cases: Record<string, string> = {
    '10.0.0.1': '10.0.0.1',
    '::': '::',
    '::1': '::1',
    '2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '::ffff:1.2.3.4': '::ffff:1.2.3.4',
    '::ffff:102:304': '::ffff:1.2.3.4',
    'fe80::': 'fe80::',
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(text, () => {
      const ip = parseIp(text);
      assert.equal(ip === undefined ? undefined : formatIp(ip), expected);
    });
  }
  it('reads back as the same address', () => {
    const any = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    fc.assert(fc.property(any, (bits) => parseIp(formatIp({ family: 'IPv6', bits }))?.bits === bits));
  });
});

describe('ranges', () => {
  const cases: Record<string, readonly [outer: string, inner: string, contains: boolean]> = {
    itself: ['10.0.0.0/8', '10.0.0.0/8', true],
    'a part': ['10.0.0.0/8', '10.1.0.0/16', true],
    'something larger': ['10.0.0.0/16', '10.0.0.0/8', false],
    'something else': ['10.0.0.0/8', '11.0.0.0/16', false],
    everything: ['::/0', '2001:db8::/32', true],
    'another family': ['0.0.0.0/0', '::/0', false],
  };
  for (const [name, [outer, inner, contains]] of Object.entries(cases)) {
    it(name, () => {
      const [a, b] = [parseRange(outer), parseRange(inner)];
      assert.ok(a !== undefined && b !== undefined);
      assert.equal(rangeContains(a, b), contains);
    });
  }
  it('what is none', () => {
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '10.0.0/8', '::/129', 'x/1', '1.2.3.4/5/6']) {
      assert.equal(parseRange(text), undefined, text);
    }
  });
  it('the first address', () => {
    const check = (text: string): boolean | undefined => {
      const range = parseRange(text);
      return range === undefined ? undefined : isNetwork(range);
    };
    assert.deepEqual(['10.0.0.0/8', '10.0.0.1/8', '10.0.0.1/32', '::/0'].map(check), [true, false, true, true]);
  });
});
