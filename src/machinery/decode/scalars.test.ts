import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ScalarError, readBase64, readMicroTime, readTime } from './scalars.ts';

const times: Record<string, { text: string; time: string | RegExp }> = {
  usual: { text: '2026-01-02T03:04:05Z', time: '2026-01-02T03:04:05Z' },
  'an offset': { text: '2026-01-02T00:04:05+01:00', time: '2026-01-01T23:04:05Z' },
  'a fraction': { text: '2026-01-02T03:04:05.999Z', time: '2026-01-02T03:04:05Z' },
  'the 29th of a leap year': { text: '2028-02-29T00:00:00Z', time: '2028-02-29T00:00:00Z' },
  'the 30th of February': { text: '2028-02-30T00:00:00Z', time: /value out of range|out of range/ },
  'month 13': { text: '2028-13-01T00:00:00Z', time: /out of range/ },
  'no zone': { text: '2026-01-02T03:04:05', time: /cannot parse "" as "Z07:00"/ },
  'a date alone': { text: '2026-01-02', time: /cannot parse "" as "T"/ },
  'something behind': { text: '2026-01-02T03:04:05Zx', time: /extra text: "x"/ },
};
for (const [name, { text, time }] of Object.entries(times)) {
  test(`time: ${name}`, () => {
    if (typeof time === 'string') assert.equal(readTime(text), time);
    else assert.throws(() => readTime(text), { name: 'ScalarError', message: time });
  });
}

test('microseconds are kept and padded', () => {
  assert.equal(readMicroTime('2026-01-02T03:04:05.123456789Z'), '2026-01-02T03:04:05.123456Z');
  assert.equal(readMicroTime('2026-01-02T03:04:05Z'), '2026-01-02T03:04:05.000000Z');
});

test('every time that JavaScript writes is read back', () => {
  const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      assert.equal(readTime(date.toISOString()), `${date.toISOString().slice(0, 19)}Z`);
    }),
  );
});

test('base64: every encoding is read, line breaks are skipped', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(readBase64(text), text);
      assert.equal(readBase64(`${text.slice(0, 5)}\n${text.slice(5)}\r\n`), text);
    }),
  );
});

for (const text of ['a', 'ab', 'abc', 'ab=c', '====', 'abcd=', 'ab_-', 'abcd====', 'a===', 'YQ==YQ==']) {
  test(`base64: ${text} is refused`, () => assert.throws(() => readBase64(text), ScalarError));
}
