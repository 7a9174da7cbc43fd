export type TokenType =
  | 'end'
  | 'error'
  | 'identifier'
  | ')'
  | '('
  | ','
  | '!'
  | '='
  | '!='
  | 'in'
  | 'notin'
  | '>'
  | '<';

export interface Token {
  readonly type: TokenType;
  readonly literal: string;
}

const symbols: Readonly<Record<string, TokenType>> = {
  ')': ')',
  '(': '(',
  ',': ',',
  '!': '!',
  '=': '=',
  '==': '=',
  '!=': '!=',
  '>': '>',
  '<': '<',
};
const isSpecial = (character: string): boolean => '=!(),><'.includes(character);
const isSpace = (character: string): boolean => ' \t\r\n'.includes(character);

/** Splits a label selector into tokens; the last one is always `end`. */
export function labelTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const start = position;
    const first = text[position] ?? '';
    if (isSpace(first)) {
      position++;
    } else if (isSpecial(first)) {
      // The longest symbol wins: `==` and `!=` before their first character.
      const pair = symbols[text.slice(start, start + 2)];
      const type = text.length - start >= 2 && pair !== undefined ? pair : symbols[first];
      position += type === pair && pair !== undefined ? text.slice(start, start + 2).length : 1;
      tokens.push({ type: type ?? 'error', literal: text.slice(start, position) });
    } else {
      while (position < text.length && !isSpecial(text[position] ?? '') && !isSpace(text[position] ?? '')) position++;
      const literal = text.slice(start, position);
      tokens.push({ type: literal === 'in' || literal === 'notin' ? literal : 'identifier', literal });
    }
  }
  tokens.push({ type: 'end', literal: '' });
  return tokens;
}
