import type { Pod } from '../../api/core/pod.schema.ts';
import { chooseContainer } from './pod-container.ts';
import { flag } from './query.ts';

const encode = encodeURIComponent;

/** What the kubelet calls the streams that the API calls `stdin`, `stdout`, `stderr` and `tty`. */
const streamNames = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;

/** The path at the kubelet of an exec, attach or port-forward; throws StatusError `BadRequest` for a wrong container. */
export function streamPath(kind: 'exec' | 'attach' | 'portforward', pod: Pod, query: URLSearchParams): string {
  const { namespace, name } = pod.metadata;
  const parameters = new URLSearchParams();
  if (kind === 'portforward') {
    const ports = query.getAll('ports');
    if (ports.length > 0) parameters.set('port', ports.join(','));
    return withQuery(`/portForward/${encode(namespace)}/${encode(name)}`, parameters);
  }
  const container = chooseContainer(pod, query.get('container') ?? '');
  for (const [api, kubelet] of Object.entries(streamNames)) if (flag(query, api)) parameters.set(kubelet, '1');
  if (kind === 'exec') for (const word of query.getAll('command')) parameters.append('command', word);
  return withQuery(`/${kind}/${encode(namespace)}/${encode(name)}/${encode(container)}`, parameters);
}

function withQuery(path: string, parameters: URLSearchParams): string {
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
