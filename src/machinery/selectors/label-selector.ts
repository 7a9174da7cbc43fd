import type { LabelSelector } from '../../api/meta/meta.schema.ts';
import { StatusError, isStatus } from '../../api/status-error.ts';
import type { Token, TokenType } from './label-lexer.ts';
import { labelTokens } from './label-lexer.ts';
import type { Selector, SelectorOperator, SelectorRequirement } from './selector.ts';
import { checkLabelKey, everything, nothing, requirement, selectorOf } from './selector.ts';

const binaryOperators = 'in, notin, =, ==, !=, gt, lt';
const operators: Partial<Record<TokenType, SelectorOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

function bad(message: string): StatusError {
  return new StatusError('BadRequest', message);
}

/** The grammar of upstream's `labels.Parse`; every message is the one that users know from there. */
class LabelParser {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(text: string) {
    this.tokens = labelTokens(text);
  }

  parse(): SelectorRequirement[] {
    const requirements: SelectorRequirement[] = [];
    for (;;) {
      const first = this.peekValue();
      if (first.type === 'end') return requirements;
      if (first.type !== 'identifier' && first.type !== '!') {
        throw bad(`found '${first.literal}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.requirement());
      const next = this.takeValue();
      if (next.type === 'end') return requirements;
      if (next.type !== ',') throw bad(`found '${next.literal}', expected: ',' or 'end of string'`);
      const after = this.peekValue();
      if (after.type !== 'identifier' && after.type !== '!') {
        throw bad(`found '${after.literal}', expected: identifier after ','`);
      }
    }
  }

  private requirement(): SelectorRequirement {
    try {
      return this.condition();
    } catch (error) {
      if (isStatus(error, 'BadRequest')) throw bad(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  private condition(): SelectorRequirement {
    let token = this.takeValue();
    const negated = token.type === '!';
    if (negated) token = this.takeValue();
    if (token.type !== 'identifier') throw bad(`found '${token.literal}', expected: identifier`);
    const key = token.literal;
    checkLabelKey(key);
    if (negated) return requirement(key, '!', []);
    const next = this.peekValue();
    if (next.type === 'end' || next.type === ',') return requirement(key, 'exists', []);
    const symbol = this.take();
    const operator = operators[symbol.type];
    if (operator === undefined) throw bad(`found '${symbol.literal}', expected: ${binaryOperators}`);
    const values = operator === 'in' || operator === 'notin' ? this.values() : [this.exactValue()];
    return requirement(key, operator, values);
  }

  private values(): Set<string> {
    const open = this.takeValue();
    if (open.type !== '(') throw bad(`found '${open.literal}' expected: '('`);
    const first = this.peekValue();
    if (first.type === ')') {
      this.take();
      return new Set();
    }
    if (first.type !== 'identifier' && first.type !== ',') {
      throw bad(`found '${first.literal}', expected: ',', ')' or identifier`);
    }
    const values = this.identifiers();
    this.take();
    return values;
  }

  /** Up to, not including, the closing parenthesis; two commas, or one at an end, stand for an empty value. */
  private identifiers(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.takeValue();
      const next = this.peekValue();
      if (token.type === 'identifier') {
        values.add(token.literal);
        if (next.type === ')') return values;
        if (next.type !== ',') throw bad(`found '${next.literal}', expected: ',' or ')'`);
      } else if (token.type === ',') {
        if (values.size === 0) values.add('');
        if (next.type === ')') return values.add('');
        if (next.type === ',') {
          this.take();
          values.add('');
          if (this.peekValue().type === ')') return values;
        }
      } else {
        throw bad(`found '${token.literal}', expected: ',', or identifier`);
      }
    }
  }

  private exactValue(): string {
    const next = this.peekValue();
    if (next.type === 'end' || next.type === ',') return '';
    const token = this.takeValue();
    if (token.type !== 'identifier') throw bad(`found '${token.literal}', expected: identifier`);
    return token.literal;
  }

  private take(): Token {
    const token = this.tokens[this.position] ?? { type: 'end', literal: '' };
    this.position++;
    return token;
  }

  /** `in` and `notin` are names like any other where a value may stand. */
  private peekValue(): Token {
    const token = this.tokens[this.position] ?? { type: 'end', literal: '' };
    return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', literal: token.literal } : token;
  }

  private takeValue(): Token {
    const token = this.peekValue();
    this.position++;
    return token;
  }
}

/** Reads a `labelSelector` parameter (`a=b,c in (d,e),!f`); throws a BadRequest worded as upstream. */
export function parseLabelSelector(text: string): Selector {
  return text === '' ? everything : selectorOf(new LabelParser(text).parse());
}

const objectOperators: Readonly<Record<string, SelectorOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The selector of a LabelSelector object: a missing one matches nothing, an empty one everything. */
export function labelSelectorFromObject(selector: LabelSelector | undefined | null): Selector {
  if (selector === undefined || selector === null) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(objectOperators, operator) ? objectOperators[operator] : undefined;
    if (known === undefined) throw bad(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(requirement(key, known, values));
  }
  return requirements.length === 0 ? everything : selectorOf(requirements);
}

/** The selector of a plain map, as Services and ReplicationControllers have: an empty one matches everything. */
export function labelSelectorFromMap(labels: Readonly<Record<string, string>>): Selector {
  return selectorOf(Object.entries(labels).map(([key, value]) => ({ key, operator: '=', values: [value] })));
}
