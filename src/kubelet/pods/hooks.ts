import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Container, HTTPGetAction, LifecycleHandler } from '../../api/core/container.schema.ts';
import { pause } from '../../client/back-off.ts';
import type { RuntimeClient } from '../cri/connection.ts';

export interface HookInput {
  readonly handler: LifecycleHandler;
  readonly container: Container;
  readonly containerId: string;
  /** Where the pod is reached: the node's address for a pod on the node's network. */
  readonly address: string | undefined;
  /** The hook is given up when it is aborted. */
  readonly signal: AbortSignal;
}

/** Longest time that an HTTP hook may take to answer, as upstream's client has it. */
const httpTimeoutMs = 30_000;

/** Runs a lifecycle hook to its end; throws an Error that says how it failed. */
export async function runHook(runtime: RuntimeClient, input: HookInput): Promise<void> {
  const { exec, httpGet, sleep } = input.handler;
  if (exec !== undefined) await runExec(runtime, input, exec.command ?? []);
  else if (httpGet !== undefined) await runHttp(input, httpGet);
  else if (sleep !== undefined) {
    if (!(await pause(sleep.seconds * 1000, input.signal)))
      throw new Error('container terminated before sleep hook finished');
  } else throw new Error('invalid handler: neither exec, httpGet nor sleep');
}

async function runExec(
  runtime: RuntimeClient,
  { containerId, signal }: HookInput,
  command: readonly string[],
): Promise<void> {
  const answer = await runtime.execSync({ containerId, cmd: [...command], timeout: 0n }, { signal, timeoutMs: 0 });
  if (answer.exitCode === 0) return;
  const output = Buffer.concat([answer.stdout, answer.stderr]).toString('utf8').slice(0, 1024);
  throw new Error(`command '${command.join(' ')}' exited with ${answer.exitCode}: ${output}`);
}

/** The number behind a port that may be named. */
function portNumber(container: Container, port: string | number): number {
  if (typeof port === 'number') return port;
  if (/^[0-9]+$/.test(port)) return Number(port);
  const found = (container.ports ?? []).find(({ name }) => name === port);
  if (found === undefined)
    throw new Error(`couldn't find port: ${JSON.stringify(port)} in container ${JSON.stringify(container.name)}`);
  return found.containerPort;
}

async function runHttp({ container, address, signal }: HookInput, action: HTTPGetAction): Promise<void> {
  const host = action.host === undefined || action.host === '' ? address : action.host;
  if (host === undefined) throw new Error('failed to find networking container: the pod has no address');
  const port = portNumber(container, action.port);
  const path = action.path ?? '/';
  const secure = action.scheme === 'HTTPS';
  const headers: Record<string, string> = { 'User-Agent': 'kube-lifecycle', Accept: '*/*' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const send = secure ? httpsRequest : httpRequest;
  const options = {
    host,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    headers,
    signal,
    timeout: httpTimeoutMs,
    agent: false,
  } as const;
  const request = send(secure ? { ...options, rejectUnauthorized: false } : options, (response) => {
    // Whatever the answer, the hook has been called: only no answer is a failure.
    response.resume();
    response.on('error', reject);
    response.on('end', resolve);
  });
  request.on('timeout', () => request.destroy(new Error(`no answer within ${httpTimeoutMs / 1000} seconds`)));
  request.on('error', reject);
  request.end();
  await promise;
}
