import type { Pod } from '../../api/core/pod.schema.ts';
import { StatusError } from '../../api/status-error.ts';

/**
 * The container that a request is about: the one that it names, or the pod's only one. Throws StatusError `BadRequest`
 * in upstream's words when there is none of that name, or several to choose from.
 */
export function chooseContainer(pod: Pod, asked: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const { name: podName } = pod.metadata;
  if (asked !== '') {
    const isKnown = [...containers, ...initContainers, ...ephemeralContainers].some(({ name }) => name === asked);
    if (isKnown) return asked;
    throw new StatusError('BadRequest', `container ${asked} is not valid for pod ${podName}`);
  }
  const [only] = containers;
  if (only !== undefined && containers.length === 1) return only.name;
  const list = (all: readonly { readonly name: string }[]): string => `[${all.map(({ name }) => name).join(' ')}]`;
  const init = initContainers.length === 0 ? '' : ` or one of the init containers: ${list(initContainers)}`;
  const choice = containers.length === 0 ? '' : `, choose one of: ${list(containers)}${init}`;
  throw new StatusError('BadRequest', `a container name must be specified for pod ${podName}${choice}`);
}

/** The node that a pod runs on; throws StatusError `BadRequest` for a pod that none was chosen for yet. */
export function nodeOf(pod: Pod): string {
  const { nodeName = '' } = pod.spec;
  if (nodeName === '') throw new StatusError('BadRequest', `pod ${pod.metadata.name} does not have a host assigned`);
  return nodeName;
}
