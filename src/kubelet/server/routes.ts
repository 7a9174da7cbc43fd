/** A path of the kubelet's server: fixed segments, and `:name` for those that vary. */
export interface Route<H> {
  readonly methods: readonly string[];
  readonly path: string;
  readonly handler: H;
}

export type Match<H> =
  | { readonly handler: H; readonly parameters: Readonly<Record<string, string>> }
  | 'not-found'
  | 'wrong-method';

function matchPath(pattern: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = pattern.split('/').slice(1);
  if (parts.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) {
      if (segment === '') return undefined;
      parameters[part.slice(1)] = segment;
    } else if (part !== segment) return undefined;
  }
  return parameters;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The handler for a method and path, with what the path's variable segments say. A slash at the end does not matter. */
export function matchRoute<H>(routes: readonly Route<H>[], method: string, path: string): Match<H> {
  const raw = path.split('/').slice(1);
  if (raw.length > 1 && raw.at(-1) === '') raw.pop();
  const segments = raw.map(decode);
  let isKnown = false;
  for (const { methods, path: pattern, handler } of routes) {
    const parameters = matchPath(pattern, segments);
    if (parameters === undefined) continue;
    if (methods.includes(method)) return { handler, parameters };
    isKnown = true;
  }
  return isKnown ? 'wrong-method' : 'not-found';
}
