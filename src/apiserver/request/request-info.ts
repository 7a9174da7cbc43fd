import { StatusError } from '../../api/status-error.ts';

/** What a request asks for, read off its method, path and query. */
export interface RequestInfo {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** A resource verb, or the lower-case HTTP method for other paths. */
  readonly verb: string;
  /** False for `/healthz`, `/apis`, `/openapi/…` and everything unknown. */
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of `proxy`: what follows, with its leading slash and its percent-encoding. */
  readonly tail: string;
}

const collectionVerbs: Readonly<Record<string, string>> = {
  GET: 'list',
  HEAD: 'list',
  POST: 'create',
  DELETE: 'deletecollection',
  PUT: 'update',
  PATCH: 'patch',
};
const objectVerbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
/** Asking for a stream is a `create`, by whatever method: a GET upgrade must not slip through a right to read. */
const streamSubresources = new Set(['exec', 'attach', 'portforward']);
/** Behind `/namespaces/NAME/` these belong to the Namespace itself, all else is a resource inside it. */
const namespaceSubresources = new Set(['status', 'finalize']);

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new StatusError('BadRequest', `invalid percent-encoding in the path: ${JSON.stringify(segment)}`);
  }
}

/** The last index of `segments` that belongs to the API prefix, or undefined for other paths. */
function apiPrefix(segments: readonly string[]): { group: string; version: string; rest: number } | undefined {
  const [root, first, second] = segments;
  if (root === 'api' && first !== undefined) return { group: '', version: first, rest: 2 };
  if (root === 'apis' && first !== undefined && second !== undefined) return { group: first, version: second, rest: 3 };
  return undefined;
}

interface Address {
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  /** How many raw segments stand before the tail. */
  readonly length: number;
}

function parseAddress(segments: readonly string[], start: number): Address {
  const at = (index: number): string => segments[start + index] ?? '';
  const depth = segments.length - start;
  const inNamespace = at(0) === 'namespaces' && depth > 2 && !(depth === 3 && namespaceSubresources.has(at(2)));
  if (!inNamespace) {
    // Reading the namespace itself is authorized inside it, as upstream does.
    const namespace = at(0) === 'namespaces' ? at(1) : '';
    return { namespace, resource: at(0), name: at(1), subresource: at(2), length: start + 3 };
  }
  return { namespace: at(1), resource: at(2), name: at(3), subresource: at(4), length: start + 5 };
}

function isTrue(value: string | null): boolean {
  return value !== null && ['1', 't', 'T', 'true', 'TRUE', 'True', ''].includes(value);
}

/** The name that a list is narrowed to by `fieldSelector=metadata.name=X`, so that rules by name apply to it. */
function selectedName(query: URLSearchParams): string {
  const match = /(?:^|,)metadata\.name==?([^,]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '');
  return match?.[1] ?? '';
}

function verbOf(method: string, address: Address, query: URLSearchParams): string {
  if (streamSubresources.has(address.subresource)) return 'create';
  const verbs = address.name === '' ? collectionVerbs : objectVerbs;
  const verb = (Object.hasOwn(verbs, method) ? verbs[method] : undefined) ?? method.toLowerCase();
  if (verb === 'list' && query.has('watch') && isTrue(query.get('watch'))) return 'watch';
  return verb;
}

/**
 * Reads a request's method and URL (path and query, as sent); throws StatusError `BadRequest` for broken
 * percent-encoding. The rules are those of upstream's RequestInfo.
 */
export function parseRequest(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const raw = path.split('/').slice(1);
  if (raw.at(-1) === '') raw.pop();
  const segments = raw.map(decodeSegment);
  const prefix = apiPrefix(segments);
  const other = {
    method,
    path,
    query,
    verb: method.toLowerCase(),
    isResource: false,
    group: prefix?.group ?? '',
    version: prefix?.version ?? '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    tail: '',
  };
  if (prefix === undefined || segments.length <= prefix.rest) return other;
  const legacyWatch = segments[prefix.rest] === 'watch' && segments.length > prefix.rest + 1;
  const address = parseAddress(segments, prefix.rest + (legacyWatch ? 1 : 0));
  if (segments.length > address.length && address.subresource !== 'proxy') return other;
  const verb = legacyWatch ? 'watch' : verbOf(method, address, query);
  const listed = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  return {
    ...other,
    verb,
    isResource: true,
    resource: address.resource,
    subresource: address.subresource,
    namespace: address.namespace,
    name: address.name === '' && listed ? selectedName(query) : address.name,
    tail: address.subresource === 'proxy' ? proxyTail(path, address.length) : '',
  };
}

/** What follows `segments` path segments, encoded as it came. */
function proxyTail(path: string, segments: number): string {
  let index = 0;
  for (let seen = 0; seen <= segments; seen++) {
    index = path.indexOf('/', index + (seen === 0 ? 0 : 1));
    if (index < 0) return '/';
  }
  return path.slice(index);
}
