import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LinearRegExp, RegexpError } from './regexp.ts';

describe('expressions in RE2 syntax', () => {
  const cases: Readonly<Record<string, readonly [pattern: string, matches: string[], fails: string[]]>> = {
    'cron fields': ['^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$', ['* * * * */5', '1 2 3 4 5'], ['* * *', '']],
    'a label': ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', ['a', 'a-b', '0'], ['-a', 'a-', 'A', '']],
    'no anchors': ['b+', ['abc', 'b'], ['ac', '']],
    alternatives: ['^(a|bc|)$', ['a', 'bc', ''], ['b', 'abc']],
    'counted repeats': ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
    'an open repeat': ['^(ab){2,}$', ['abab', 'ababab'], ['ab', 'aba']],
    'a brace that is none': ['^a{,2}$', ['a{,2}'], ['aa']],
    'case folded': ['(?i)^abc[d-f]$', ['ABCD', 'abcf'], ['abcg']],
    'case folded in a group': ['^(?i:a)b$', ['Ab', 'ab'], ['aB']],
    'negated class': ['^[^a-c\\d]+$', ['xyz'], ['xa', 'x1']],
    'posix class': ['^[[:alpha:]_]+$', ['a_B'], ['a1']],
    'Unicode class': ['^\\p{Greek}\\pL+$', ['αβγ', 'αb'], ['ab', 'α1']],
    'dot and lines': ['^a.b$', ['axb', 'a😀b'], ['a\nb', 'ab']],
    'lines with m': ['(?m)^b$', ['a\nb\nc'], ['ab']],
    'dot with s': ['(?s)^a.b$', ['a\nb'], []],
    'word boundary': ['\\bfoo\\b', ['a foo b', 'foo'], ['food', 'afoo']],
    quoted: ['^\\Qa.b\\E$', ['a.b'], ['axb']],
    'escaped punctuation': ['^\\-\\/\\_\\.$', ['-/_.'], []],
    'text ends': ['\\Aa\\z', ['a'], ['ab', 'ba']],
    'a bracket first': ['^[]a]+$', [']a'], ['b']],
    'hexadecimal and octal': ['^\\x41\\x{1F600}\\101$', ['A😀A'], ['A']],
    'named group': ['^(?P<x>a)(?<y>b)$', ['ab'], []],
  };
  for (const [name, [pattern, matches, fails]] of Object.entries(cases)) {
    test(name, () => {
      const expression = new LinearRegExp(pattern);
      for (const text of matches) assert.ok(expression.test(text), `${pattern} should match ${JSON.stringify(text)}`);
      for (const text of fails)
        assert.ok(!expression.test(text), `${pattern} should not match ${JSON.stringify(text)}`);
    });
  }

  for (const pattern of ['(a', 'a)', '[a', 'a**', '*a', '(?=a)', '(?<!a)b', '\\1', 'a{1001}', '[z-a]', '\\', '\\y']) {
    test(`refuses ${pattern}`, () => {
      assert.throws(() => new LinearRegExp(pattern), RegexpError);
    });
  }

  test('finds what Go finds', () => {
    assert.deepEqual(new LinearRegExp('a+').find('baac'), { start: 1, end: 3 });
    assert.deepEqual(new LinearRegExp('a+?').find('baac'), { start: 1, end: 2 });
    assert.deepEqual(new LinearRegExp('a|ab').find('ab'), { start: 0, end: 1 });
    assert.deepEqual(new LinearRegExp('(a|ab)(c|bcd)').find('abcd'), { start: 0, end: 4 });
    assert.deepEqual(new LinearRegExp('x*').find('ab'), { start: 0, end: 0 });
    assert.deepEqual(new LinearRegExp('b').find('😀b'), { start: 2, end: 3 });
    assert.equal(new LinearRegExp('^b').find('ab', 1), undefined);
  });

  test('cannot be made to hang', () => {
    const started = performance.now();
    for (const pattern of ['^(([a-z])+.)+[0-9]([a-z])+$', '^(a{1,30}){1,30}$', '(x+x+)+y', '^(a|aa)+$']) {
      assert.ok(!new LinearRegExp(pattern).test(`${'a'.repeat(20_000)}!`));
    }
    assert.ok(performance.now() - started < 3000);
  });
});
