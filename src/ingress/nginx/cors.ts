import type { Cors, Origin } from '../model/route-table.ts';
import type { Directive } from './directive.ts';
import { block, directive } from './directive.ts';
import { escapeExpression } from './locations.ts';

/** The variables that hold the origin to allow, one for each list of origins in use; empty for an origin not on it. */
export class OriginLists {
  readonly #variables = new Map<string, { readonly variable: string; readonly origins: readonly Origin[] }>();

  /** The value of `Access-Control-Allow-Origin`. */
  valueFor(origins: Cors['origins']): string {
    if (origins === 'any') return '*';
    const key = JSON.stringify(origins);
    const found = this.#variables.get(key) ?? { variable: `$cox_origin_${this.#variables.size}`, origins };
    this.#variables.set(key, found);
    return found.variable;
  }

  /** The maps that set the variables, for the `http` block. */
  directives(): readonly Directive[] {
    return [...this.#variables.values()].map(({ variable, origins }) =>
      block(
        'map',
        ['$http_origin', variable],
        [directive('default', ''), ...origins.map((origin) => directive(expression(origin), '$http_origin'))],
      ),
    );
  }
}

function expression({ scheme, host, anyLabel, port }: Origin): string {
  const star = anyLabel ? '[a-z0-9_-]+\\.' : '';
  return `~*^${escapeExpression(scheme)}://${star}${escapeExpression(host)}${port === undefined ? '' : `:${port}`}\\z`;
}

const responseHeaders = [
  'Allow-Origin',
  'Allow-Credentials',
  'Allow-Methods',
  'Allow-Headers',
  'Expose-Headers',
  'Max-Age',
];

/** Answers preflights and adds the headers to all answers, in place of what the backend says itself. */
export function corsDirectives(cors: Cors, origins: OriginLists): readonly Directive[] {
  const add = (name: string, value: string): Directive => directive('add_header', name, value, 'always');
  const list = (name: string, values: readonly string[]): readonly Directive[] =>
    values.length === 0 ? [] : [add(`Access-Control-${name}`, values.join(', '))];
  return [
    ...responseHeaders.map((name) => directive('proxy_hide_header', `Access-Control-${name}`)),
    add('Access-Control-Allow-Origin', origins.valueFor(cors.origins)),
    ...(cors.origins === 'any' ? [] : [add('Vary', 'Origin')]),
    ...(cors.credentials ? [add('Access-Control-Allow-Credentials', 'true')] : []),
    ...list('Allow-Methods', cors.methods),
    ...list('Allow-Headers', cors.headers),
    ...list('Expose-Headers', cors.exposeHeaders),
    add('Access-Control-Max-Age', String(cors.maxAge)),
    block('if', ['($request_method', '=', 'OPTIONS)'], [directive('return', 204)]),
  ];
}
