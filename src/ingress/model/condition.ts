import type { HeaderName } from './values.ts';

/** Something that a request must be like, besides its host and path, to take a route. */
export type Condition =
  | { readonly kind: 'method'; readonly method: string }
  | { readonly kind: 'header'; readonly name: HeaderName; readonly value: ValueMatch }
  | { readonly kind: 'query' | 'cookie'; readonly name: string; readonly value: ValueMatch };

/** A value as it stands, or an expression that must match somewhere in it. */
export type ValueMatch =
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** The words that say a condition: a text for the state and for comparison. */
export function conditionWords(condition: Condition): readonly string[] {
  if (condition.kind === 'method') return ['method', '', 'exact', condition.method];
  const { kind, name, value } = condition;
  // Names of headers have no case.
  const known = kind === 'header' ? name.toLowerCase() : name;
  return [kind, known, value.kind, value.kind === 'exact' ? value.text : value.pattern];
}
