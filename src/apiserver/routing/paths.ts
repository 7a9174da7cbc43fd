import type { Store } from '../../store/store.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { ApiResponse } from '../http/message.ts';
import type { OpenApi } from '../openapi/openapi.ts';
import type { VersionInfo } from '../options.ts';
import { answerHealth, healthChecks } from './health.ts';
import type { ServerMetrics } from './metrics.ts';
import type { PathHandler } from './router.ts';
import { versionDocument } from './version.ts';

export interface PathOptions {
  readonly store: Store;
  readonly version: VersionInfo | undefined;
  readonly documents: Readonly<Record<string, unknown>>;
  readonly metrics: ServerMetrics;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly isStarted: () => boolean;
}

/** JSON in lines, for people to read: so upstream writes these pages. */
function pageAnswer(document: unknown): ApiResponse {
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: Buffer.from(JSON.stringify(document, null, 2)) };
}

/** Answers everything that is no resource: discovery, health, version, metrics and documents. */
export function pathHandler(options: PathOptions): PathHandler {
  const checks = healthChecks(options.store, options.isStarted);
  const version = versionDocument(options.version);
  const fixed = new Map<string, unknown>([...Object.entries(options.documents), ['/version', version]]);
  const roots = ['/api', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz'];
  fixed.set('/', { paths: [...roots, ...fixed.keys()].toSorted() });
  return async (request, info): Promise<ApiResponse | undefined> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const path = info.path.length > 1 ? info.path.replace(/\/+$/, '') : info.path;
    if (path === '/api' || path === '/apis' || path.startsWith('/api/') || path.startsWith('/apis/')) {
      return options.discovery.answer(request, path);
    }
    if (path.startsWith('/openapi/')) return options.openApi.answer(request, path);
    if (path === '/metrics') return options.metrics.answer();
    const document = fixed.get(path);
    if (document !== undefined) return pageAnswer(document);
    return answerHealth(info, checks);
  };
}
