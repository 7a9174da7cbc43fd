import type { IncomingMessage } from 'node:http';
import { pods } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import type { ApiResponse } from '../http/message.ts';
import { findKubelet } from './kubelet-address.ts';
import type { KubeletClient } from './kubelet-client.ts';
import { KubeletUnreachable, readText } from './kubelet-client.ts';
import { podLogQuery } from './log-options.ts';
import { chooseContainer } from './pod-container.ts';
import type { ConnectContext, RequestContext } from './types.ts';

/** Answers `pods/X/log` with what the pod's kubelet says, as it says it. */
export async function podLog(kubelets: KubeletClient, context: RequestContext): Promise<ApiResponse> {
  const { request } = context;
  const log = await openLog(kubelets, context, request.signal);
  if (log === undefined) return { status: 204, headers: {}, body: [] };
  if (request.method === 'HEAD') log.resume();
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: log };
}

/** The log that a request asks the pod's kubelet for; undefined where no node was chosen. Throws StatusError. */
export async function openLog(
  kubelets: KubeletClient,
  context: ConnectContext,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const { target, query } = context;
  const { namespace, name } = target;
  const asked = podLogQuery(query, name);
  const pod = await context.read(pods, { namespace, name });
  const container = chooseContainer(pod, asked.container);
  const { nodeName = '' } = pod.spec;
  // A pod that no node was chosen for has said nothing yet, which is no error.
  if (nodeName === '') return undefined;
  const address = await findKubelet(context, nodeName);
  const place = [namespace, name, container].map(encodeURIComponent).join('/');
  const path = `/containerLogs/${place}${asked.parameters.size === 0 ? '' : `?${asked.parameters.toString()}`}`;
  let response: IncomingMessage;
  try {
    response = await kubelets.request(address, {
      method: 'GET',
      path,
      signal,
      insecure: asked.insecure,
    });
  } catch (error) {
    if (!(error instanceof KubeletUnreachable)) throw error;
    const url = `https://${address.host}:${address.port}${path}`;
    throw new StatusError('InternalError', `Get ${JSON.stringify(url)}: ${error.message}`, undefined, { cause: error });
  }
  const status = response.statusCode ?? 500;
  if (status < 200 || status > 206) throw refusal(status, await readText(response), name);
  return response;
}

/** The Status that a kubelet's refusal becomes, by the rules of upstream's GenericHttpResponseChecker. */
export function refusal(status: number, text: string, podName: string): StatusError {
  if (status === 500)
    return new StatusError('InternalError', `Internal error occurred: ${text}`, { causes: [{ message: text }] });
  if (status === 400) return new StatusError('BadRequest', text);
  const causes = [{ reason: 'UnexpectedServerResponse', message: text }];
  const details = { name: podName, kind: 'pods/log', causes };
  if (status === 404) {
    return new StatusError(
      'NotFound',
      `the server could not find the requested resource ( pods/log ${podName})`,
      details,
    );
  }
  const words = `the server responded with the status code ${status} but did not return more information`;
  const reason = status === 401 ? 'Unauthorized' : status === 403 ? 'Forbidden' : 'InternalError';
  return new StatusError(reason, `${words} ( pods/log ${podName})`, details, { code: status });
}
