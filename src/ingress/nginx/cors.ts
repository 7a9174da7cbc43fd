import type { Cors, Origin } from '../model/route-table.ts';
import type { Directive } from './directive.ts';
import { block, directive } from './directive.ts';

/** The map that sets `variable` to the request's origin where it is on the list, for the `http` block. */
export function originMap(origins: readonly Origin[], variable: string): Directive {
  return block(
    'map',
    ['$http_origin', variable],
    [directive('default', ''), ...origins.map((origin) => directive(expression(origin), '$http_origin'))],
  );
}

function expression({ scheme, host, anyLabel, port }: Origin): string {
  const star = anyLabel ? '[a-z0-9_-]+\\.' : '';
  return `~*^${escapeExpression(scheme)}://${star}${escapeExpression(host)}${port === undefined ? '' : `:${port}`}\\z`;
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|-]/g, '\\$&');
}

const responseHeaders = [
  'Allow-Origin',
  'Allow-Credentials',
  'Allow-Methods',
  'Allow-Headers',
  'Expose-Headers',
  'Max-Age',
];

/**
 * Answers preflights and adds the headers to all answers, in place of what the backend says itself. `variable` is the
 * one that `originMap` sets, needed where not all origins are allowed.
 */
export function corsDirectives(cors: Cors, variable: string): readonly Directive[] {
  const add = (name: string, value: string): Directive => directive('add_header', name, value, 'always');
  const list = (name: string, values: readonly string[]): readonly Directive[] =>
    values.length === 0 ? [] : [add(`Access-Control-${name}`, values.join(', '))];
  return [
    ...responseHeaders.map((name) => directive('proxy_hide_header', `Access-Control-${name}`)),
    add('Access-Control-Allow-Origin', cors.origins === 'any' ? '*' : variable),
    ...(cors.origins === 'any' ? [] : [add('Vary', 'Origin')]),
    ...(cors.credentials ? [add('Access-Control-Allow-Credentials', 'true')] : []),
    ...list('Allow-Methods', cors.methods),
    ...list('Allow-Headers', cors.headers),
    ...list('Expose-Headers', cors.exposeHeaders),
    add('Access-Control-Max-Age', String(cors.maxAge)),
    block('if', ['($request_method', '=', 'OPTIONS)'], [directive('return', 204)]),
  ];
}
