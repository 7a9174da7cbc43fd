import type { Store } from '../../store/store.ts';
import type { ApiResponse } from '../http/message.ts';
import type { RequestInfo } from '../request/request-info.ts';

/** One thing that health depends on; throws when it fails. */
interface Check {
  readonly name: string;
  run(): Promise<void> | void;
}

/** The checks behind `/healthz`, `/livez` and `/readyz`. */
export function healthChecks(store: Store, isStarted: () => boolean): readonly Check[] {
  return [
    { name: 'ping', run: () => {} },
    { name: 'log', run: () => {} },
    { name: 'etcd', run: async () => void (await store.get('/health')) },
    {
      name: 'poststarthook/start-cluster-objects',
      run: () => {
        if (!isStarted()) throw new Error('not finished');
      },
    },
  ];
}

function plain(status: number, text: string): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: Buffer.from(text),
  };
}

async function failureOf(check: Check): Promise<Error | undefined> {
  try {
    await check.run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Answers a health path: all checks, or the one that it names; undefined when there is none of that name. */
export async function answerHealth(info: RequestInfo, checks: readonly Check[]): Promise<ApiResponse | undefined> {
  const [, root = '', ...rest] = info.path.split('/');
  if (!['healthz', 'livez', 'readyz'].includes(root)) return undefined;
  const wanted = rest.join('/').replace(/\/$/, '');
  if (wanted !== '') {
    const check = checks.find(({ name }) => name === wanted);
    if (check === undefined) return undefined;
    const error = await failureOf(check);
    return error === undefined ? plain(200, 'ok') : plain(500, `internal server error: ${error.message}\n`);
  }
  const excluded = new Set(info.query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const check of checks) {
    if (excluded.has(check.name)) {
      lines.push(`[+]${check.name} excluded: ok\n`);
      continue;
    }
    const error = await failureOf(check);
    failed ||= error !== undefined;
    lines.push(error === undefined ? `[+]${check.name} ok\n` : `[-]${check.name} failed: reason withheld\n`);
  }
  if (failed) return plain(500, `${lines.join('')}${root} check failed\n`);
  return info.query.has('verbose') ? plain(200, `${lines.join('')}${root} check passed\n`) : plain(200, 'ok');
}
