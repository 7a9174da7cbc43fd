import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expand, expandAll, expandStrictly } from './expand.ts';

describe('expand', () => {
  const variables = new Map([
    ['A', 'a'],
    ['B', '$(A)'],
    ['EMPTY', ''],
    ['odd name', 'odd'],
  ]);
  const cases: Record<string, [text: string, expected: string]> = {
    'a known variable': ['x$(A)y', 'xay'],
    'two in a row': ['$(A)$(A)', 'aa'],
    'an empty value': ['[$(EMPTY)]', '[]'],
    'values are not expanded again': ['$(B)', '$(A)'],
    'an unknown variable stays': ['$(NOPE)', '$(NOPE)'],
    'an escaped reference': ['$$(A)', '$(A)'],
    'an escape before a reference': ['$$$(A)', '$a'],
    'two escapes': ['$$$$(A)', '$$(A)'],
    'a shell variable stays': ['$A ${A}', '$A ${A}'],
    'an open parenthesis stays': ['$(A', '$(A'],
    'a dollar at the end stays': ['cost$', 'cost$'],
    'two dollars at the end are one': ['cost$$', 'cost$'],
    'any name may be meant': ['$(odd name)', 'odd'],
    'the name ends at the first bracket': ['$($(A))', '$($(A))'],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) {
    it(name, () =>
      assert.equal(
        expand(text, (key) => variables.get(key)),
        expected,
      ),
    );
  }

  it('fills in each word of a command', () => {
    assert.deepEqual(expandAll(['echo', '$(A)', '$$'], variables), ['echo', 'a', '$']);
    assert.deepEqual(expandAll(undefined, variables), []);
  });

  it('names what is missing where everything must be known', () => {
    assert.equal(expandStrictly('logs/$(A)', variables), 'logs/a');
    assert.throws(() => expandStrictly('$(X)/$(A)/$(Y)', variables), { message: 'missing value for "X", "Y"' });
  });
});
