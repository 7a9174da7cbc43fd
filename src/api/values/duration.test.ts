import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ageOf, humanDuration } from './duration.ts';

const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000];

describe('humanDuration', () => {
  const cases: Record<string, readonly [number, string]> = {
    'in the future': [-2 * s, '<invalid>'],
    'a second ahead': [-s, '0s'],
    now: [0, '0s'],
    'just short of two minutes': [119 * s, '119s'],
    'two minutes': [120 * s, '2m'],
    'minutes and seconds': [3 * m + 46 * s, '3m46s'],
    'ten minutes': [10 * m + 5 * s, '10m'],
    'under three hours': [175 * m, '175m'],
    'hours and minutes': [3 * h + 20 * m, '3h20m'],
    'whole hours': [21 * h + 40 * m, '21h'],
    'days and hours': [4 * d + 10 * h, '4d10h'],
    'whole days': [9 * d + 3 * h, '9d'],
    'two years': [2 * 365 * d + 3 * d, '2y3d'],
    'eight years': [8 * 365 * d + 3 * d, '8y'],
  };
  for (const [name, [span, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(humanDuration(span), expected));
  }
});

describe('ageOf', () => {
  it('counts from the timestamp', () => assert.equal(ageOf('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 0, 1)), '60s'));
  it('says when there is none', () => assert.equal(ageOf(undefined, 0), '<unknown>'));
});
