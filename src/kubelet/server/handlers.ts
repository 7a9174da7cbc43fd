import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Call, ServerContext } from './context.ts';
import { HttpError } from './http-error.ts';
import { hasContainer, loggedContainer } from './logs/container.ts';
import { logOptions } from './logs/options.ts';
import { readLog } from './logs/read.ts';
import { resourceMetrics } from './resource-metrics.ts';

export type Handler = (context: ServerContext, call: Call, response: ServerResponse) => Promise<void>;

function send(response: ServerResponse, contentType: string, body: string): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export const healthz: Handler = (_context, _call, response) => {
  send(response, 'text/plain; charset=utf-8', 'ok');
  return Promise.resolve();
};

export const pods: Handler = ({ backend }, _call, response) => {
  const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: backend.pods() };
  send(response, 'application/json', JSON.stringify(list));
  return Promise.resolve();
};

export const statsSummary: Handler = async ({ backend }, _call, response) => {
  if (backend.statsSummary === undefined) throw new HttpError(404, '404 page not found');
  send(response, 'application/json', JSON.stringify(await backend.statsSummary(), undefined, 1));
};

export const metrics: Handler = async (context, _call, response) => {
  const { text, contentType } = await context.metrics();
  send(response, contentType, text);
};

export const metricsResource: Handler = async ({ backend }, _call, response) => {
  send(response, 'text/plain; version=0.0.4; charset=utf-8', resourceMetrics(await backend.statsSummary?.()));
};

export const containerLogs: Handler = async (context, { parameters, query, signal }, response) => {
  const { backend } = context;
  const { namespace = '', pod: podName = '', container: name = '' } = parameters;
  const options = logOptions(query, Date.now());
  const pod = backend.pod(namespace, podName);
  if (pod === undefined) throw new HttpError(404, `pod ${JSON.stringify(podName)} does not exist`);
  if (!hasContainer(pod, name)) {
    throw new HttpError(404, `container ${JSON.stringify(name)} not found in pod ${JSON.stringify(podName)}`);
  }
  const found = loggedContainer(pod, name, options.previous);
  if ('unavailable' in found) throw new HttpError(400, found.unavailable);
  const container = await backend.container(found.id);
  if (container === undefined || container.logPath === '') {
    throw new HttpError(400, `unable to retrieve container logs for containerd://${found.id}`);
  }
  const ended = (until: AbortSignal): Promise<void> => backend.waitForExit(found.id, until);
  const log = readLog({ path: container.logPath, options, ended, signal });
  // The first piece is read before anything is answered: a log that cannot be opened is an error, not an empty log.
  const pieces = await startOf(log, options.follow);
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  try {
    await pipeline(pieces, response);
  } finally {
    // A reader that left before the first piece has not started the generator that would close the file.
    await log.return(undefined);
  }
};

/** The same pieces, once the first one is there; of a followed log, which may be silent for long, once it is open. */
async function startOf(log: AsyncGenerator<Buffer>, isFollowed: boolean): Promise<AsyncIterable<Buffer>> {
  const first = log.next();
  const soon = new Promise<void>((resolve) => setTimeout(resolve, 100));
  await (isFollowed ? Promise.race([first, soon]) : first);
  return (async function* pieces() {
    for (let piece = await first; piece.done !== true; piece = await log.next()) yield piece.value;
  })();
}
