import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthority, parseCidr, parseHostName, parsePath, parsePattern, parseTemplate } from './values.ts';

const good: readonly (readonly [(text: string) => unknown, string, unknown])[] = [
  [parseHostName, 'Web.Example.com', 'web.example.com'],
  [parsePath, '/', '/'],
  [parsePath, '/a%20b', '/a b'],
  [parsePath, '/a/', '/a/'],
  [parsePath, '/ü', '/ü'],
  [parsePattern, '/a(/|$)(.*)', '/a(/|$)(.*)'],
  [parsePattern, '/(?=x)(?<!y)(?i)z', '/(?=x)(?<!y)(?i)z'],
  [parseCidr, '10.1.2.3/8', '10.0.0.0/8'],
  [parseCidr, ' 10.1.2.3 ', '10.1.2.3'],
  [parseCidr, '2001:db8::/32', '2001:db8::/32'],
  [parseAuthority, 'x.example.com:8080', 'x.example.com:8080'],
  [parseAuthority, '10.0.0.1', '10.0.0.1'],
];
for (const [parse, text, value] of good) {
  test(`${parse.name} reads ${text}`, () => assert.deepEqual(parse(text), value));
}

const bad: readonly (readonly [(text: string) => unknown, readonly string[]])[] = [
  [parseHostName, ['', 'a b', 'a;b', '-a', 'a..b', '*.a', 'a_b', 'x'.repeat(64), `${'a.'.repeat(127)}ab`]],
  [parsePath, ['', 'a', '/a\nb', '/a%0ab', '/a%', '//', '/a//b', '/a/../b', '/.', '/\ud800', `/${'x'.repeat(2000)}`]],
  [parsePattern, ['', 'a', '^/a', '/(?<name>x)', '/(?P<name>x)', "/(?'name'x)", '/(*LIMIT_MATCH=1)', '/a\n']],
  [parseCidr, ['', '10.0.0.0/33', '10.0.0', 'x', '::1/129', '::1%lo', '1.2.3.4;']],
  [parseAuthority, ['', 'a b', 'a:0', 'a:99999', 'a:1:2', '$host']],
];
for (const [parse, texts] of bad) {
  test(`${parse.name} refuses what it is not`, () => {
    for (const text of texts) assert.equal(parse(text), undefined, JSON.stringify(text));
  });
}

test('templates know their own dollars only', () => {
  assert.deepEqual(parseTemplate('/x/$10?', []), [{ literal: '/x/' }, { capture: 1 }, { literal: '0?' }]);
  assert.deepEqual(parseTemplate('$host/', ['host']), [{ variable: 'host' }, { literal: '/' }]);
  for (const text of ['$', '$0', '$host', '${host}', '$hostx', 'a$$']) {
    assert.equal(parseTemplate(text, []), undefined, text);
    assert.equal(parseTemplate(text, ['scheme']), undefined, text);
  }
});
