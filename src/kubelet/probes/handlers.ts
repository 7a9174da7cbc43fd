import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, HTTPGetAction, LifecycleHandler } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { runtimeErrorText } from '../cri/errors.ts';
import { goQuote } from '../environment/go-quote.ts';
import type { HttpTarget } from './actions/http.ts';
import { httpGet, HttpError, httpTarget } from './actions/http.ts';
import type { ExecInContainer } from './types.ts';

const httpTimeoutMs = 30_000;

export interface HandlerInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly handler: LifecycleHandler;
  /** The pod's address. */
  readonly address: string | undefined;
  readonly exec: ExecInContainer;
  /** Ends the hook: the grace period is over, or the container has ended. */
  readonly signal: AbortSignal;
}

/** A hook that failed; the message is worded as upstream logs it. */
export class HandlerError extends Error {
  readonly code = 'HookFailed';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HandlerError';
  }
}

/**
 * Runs a postStart or preStop hook to its end. Throws HandlerError when it fails; resolves when `signal` ends it. As
 * upstream, an HTTP hook only has to be answered, whatever the status.
 */
export async function runHandler(input: HandlerInput): Promise<void> {
  const { handler, signal } = input;
  try {
    if (handler.exec !== undefined) return await runExec(input, handler.exec.command ?? []);
    if (handler.httpGet !== undefined) return await runHttp(input, handler.httpGet);
    if (handler.sleep !== undefined) return await sleep(handler.sleep.seconds * 1000, undefined, { signal });
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  throw new HandlerError(`Cannot run handler: invalid handler of container ${input.container.name}`);
}

const place = ({ container, pod }: HandlerInput): string =>
  `for Container ${JSON.stringify(container.name)} in Pod ${JSON.stringify(`${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`)} failed`;

async function runExec(input: HandlerInput, command: readonly string[]): Promise<void> {
  const { containerId, exec, signal } = input;
  const hook = `Exec lifecycle hook ([${command.join(' ')}]) ${place(input)}`;
  const ended = Promise.withResolvers<undefined>();
  const abort = (): void => ended.resolve(undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    // The runtime offers no way to end a command; it goes with the container.
    const result = await Promise.race([exec(containerId, command, 0), ended.promise]);
    if (result === undefined || result.exitCode === 0) return;
    const { exitCode, output } = result;
    const why = `command '${command.join(' ')}' exited with ${exitCode}: ${output}`;
    throw new HandlerError(`${hook} - error: ${why}, message: ${goQuote(output)}`);
  } catch (error) {
    if (error instanceof HandlerError) throw error;
    throw new HandlerError(`${hook} - error: ${runtimeErrorText(error)}, message: ""`, { cause: error });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function runHttp(input: HandlerInput, action: HTTPGetAction): Promise<void> {
  const { address, container, signal } = input;
  let target: HttpTarget | undefined;
  try {
    target = httpTarget(action, { container, address, purpose: 'kube-lifecycle' });
    try {
      await httpGet(target, httpTimeoutMs, signal);
    } catch (error) {
      if (!(error instanceof HttpError) || !error.plainHttp) throw error;
      // Hooks with scheme HTTPS were once sent over plain HTTP, and servers came to rely on it.
      const url = new URL(target.url);
      const plain = new URL(`http://${url.host}${url.pathname}${url.search}`);
      const { authorization: _, ...headers } = target.headers;
      await httpGet({ url: plain, headers }, httpTimeoutMs, signal);
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const path = JSON.stringify(action.path ?? '');
    throw new HandlerError(`HTTP lifecycle hook (${path}) ${place(input)} - error: ${text}`, { cause: error });
  }
}
