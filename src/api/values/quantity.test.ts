import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  QuantityError,
  roundToMilli,
  subtractQuantities,
  tryParseQuantity,
} from './quantity.ts';

describe('canonical form', () => {
  const cases: Record<string, readonly [string | number, string]> = {
    'plain number': ['5', '5'],
    'JSON number': [0.5, '500m'],
    'JSON number with exponent': [1e21, '1e21'],
    zero: ['0Ki', '0'],
    'negative zero': ['-0', '0'],
    'half a core': ['0.5', '500m'],
    'thousand millis are one': ['1000m', '1'],
    'decimal suffix grows': ['1000k', '1M'],
    'binary kept': ['128Mi', '128Mi'],
    'binary grows': ['1024Mi', '1Gi'],
    'binary fraction that is whole': ['1.5Gi', '1536Mi'],
    'binary fraction that is not whole': ['1.1Ki', '1126400m'],
    'small binary turns decimal': ['0.5Ki', '512'],
    'binary below one': ['0.0001Ki', '102400u'],
    'bytes without suffix': ['1048576', '1048576'],
    'exponent kept': ['2e3', '2e3'],
    'exponent moves to a multiple of three': ['1e4', '10e3'],
    'capital exponent': ['12E6', '12e6'],
    exa: ['1E', '1E'],
    'thousand exa keep their suffix': ['1000E', '1000E'],
    'finer than a billionth is rounded up': ['0.1n', '1n'],
    'negative rounds away from zero': ['-0.1n', '-1n'],
    'binary is capped': ['100000Ei', '9223372036854775807'],
    'leading dot': ['.5', '500m'],
    'trailing dot': ['5.', '5'],
    'plus sign': ['+3', '3'],
    negative: ['-1.5Gi', '-1536Mi'],
  };
  for (const [name, [input, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(canonicalQuantity(input), expected));
  }
});

describe('what is no quantity', () => {
  const cases: Record<string, readonly [string, 'format' | 'suffix']> = {
    empty: ['', 'format'],
    word: ['abc', 'format'],
    'inner space': ['1 Gi', 'format'],
    'two dots': ['1.1.M', 'format'],
    'suffix alone': ['Mi', 'format'],
    'unknown suffix': ['1i', 'suffix'],
    'lower-case binary': ['1mi', 'suffix'],
    'empty exponent': ['1e', 'suffix'],
    'sign without exponent': ['3e-', 'suffix'],
    'huge exponent': ['1e999999', 'suffix'],
  };
  for (const [name, [input, code]] of Object.entries(cases)) {
    it(name, () => {
      assert.throws(
        () => parseQuantity(input),
        (error) => error instanceof QuantityError && error.code === code,
      );
      assert.equal(tryParseQuantity(input), undefined);
    });
  }
});

describe('values', () => {
  it('rounds up to whole units', () => assert.equal(quantityValue(parseQuantity('1100m')), 2n));
  it('gives millis', () => assert.equal(quantityMilliValue(parseQuantity('1.5')), 1500n));
  it('rounds to millis', () => assert.equal(formatQuantity(roundToMilli(parseQuantity('1u'))), '1m'));
  it('adds in the first format', () =>
    assert.equal(formatQuantity(addQuantities(parseQuantity('1Gi'), parseQuantity('1024'))), '1048577Ki'));
  it('subtracts from zero in the second format', () =>
    assert.equal(formatQuantity(subtractQuantities(parseQuantity('0'), parseQuantity('2Ki'))), '-2Ki'));
});

describe('properties', () => {
  const text = fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      fc.nat(10 ** 9),
      fc.option(fc.nat(10 ** 6)),
      fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E5', 'e-3'),
    )
    .map(([sign, whole, fraction, suffix]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${suffix}`);

  it('the canonical form means the same and stays as it is', () => {
    fc.assert(
      fc.property(text, (input) => {
        const canonical = canonicalQuantity(input);
        assert.equal(compareQuantities(parseQuantity(canonical), parseQuantity(input)), 0);
        assert.equal(canonicalQuantity(canonical), canonical);
        assert.doesNotMatch(canonical, /\./);
      }),
    );
  });
  it('adding and subtracting undo each other', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const sum = addQuantities(parseQuantity(a), parseQuantity(b));
        assert.equal(subtractQuantities(sum, parseQuantity(b)).nanos, parseQuantity(a).nanos);
      }),
    );
  });
  it('order is antisymmetric', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [parseQuantity(a), parseQuantity(b)];
        assert.equal(compareQuantities(x, y) + compareQuantities(y, x), 0);
      }),
    );
  });
});
