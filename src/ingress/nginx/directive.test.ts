import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNginx } from '../testing/nginx-syntax.ts';
import { block, directive, formatConfiguration } from './directive.ts';

const word = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('\\', '"', "'", '{', '}', ';', '#', '$', ' ', 'a', '~') }),
  )
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  .filter((text) => !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed());

test('nginx reads back exactly the words that were written', () => {
  fc.assert(
    fc.property(word, fc.array(word), fc.array(word), (name, args, inner) => {
      const text = formatConfiguration([block('server', args, [directive(name, ...inner)]), directive('end')]);
      assert.deepEqual(readNginx(text), [
        { words: ['server', ...args], block: [{ words: [name, ...inner] }] },
        { words: ['end'] },
      ]);
    }),
  );
});

test('control characters are refused', () => {
  for (const text of ['a\nb', 'a\rb', '\0', '\u007f', '\ud800']) {
    assert.throws(() => formatConfiguration([directive('set', text)]), RangeError);
  }
});
