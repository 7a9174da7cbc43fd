import type { PathMatch, Route } from '../model/route-table.ts';

/** Exact paths first, then the longest; of two as long, a pattern goes first, as it says more. */
export function compareRoutes({ path: a }: Pick<Route, 'path'>, { path: b }: Pick<Route, 'path'>): number {
  const exactness = Number(b.kind === 'exact') - Number(a.kind === 'exact');
  if (exactness !== 0) return exactness;
  const [left, right] = [textOf(a), textOf(b)];
  if (left.length !== right.length) return right.length - left.length;
  const kind = Number(b.kind === 'pattern') - Number(a.kind === 'pattern');
  return kind !== 0 ? kind : left < right ? -1 : left > right ? 1 : 0;
}

function textOf(path: PathMatch): string {
  return path.kind === 'pattern' ? path.pattern : path.path;
}
