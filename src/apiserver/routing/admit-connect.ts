import type { AnyKind } from '../../api/kind.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Core } from '../registry/core.ts';
import { timestamp } from '../registry/core.ts';
import type { ConnectTarget } from '../streaming/types.ts';

interface Connection {
  readonly kind: AnyKind;
  readonly target: ConnectTarget;
  readonly user: UserInfo;
  readonly query: URLSearchParams;
}

const isTrue = (value: string | null): boolean => value === '' || value === 'true' || value === '1';

function streams(query: URLSearchParams): object {
  const wanted = ['stdin', 'stdout', 'stderr', 'tty'].filter((name) => isTrue(query.get(name)));
  const container = query.get('container');
  return {
    ...Object.fromEntries(wanted.map((name) => [name, true])),
    ...(container === null ? {} : { container }),
  };
}

/** What a connection is asked for with, in the form that rules get to see. */
export function connectOptions({ resource, subresource, path }: ConnectTarget, query: URLSearchParams): object {
  switch (subresource) {
    case 'exec':
      return { kind: 'PodExecOptions', apiVersion: 'v1', ...streams(query), command: query.getAll('command') };
    case 'attach':
      return { kind: 'PodAttachOptions', apiVersion: 'v1', ...streams(query) };
    case 'portforward': {
      const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number));
      return { kind: 'PodPortForwardOptions', apiVersion: 'v1', ...(ports.length === 0 ? {} : { ports }) };
    }
    default: {
      const kind = { pods: 'Pod', services: 'Service', nodes: 'Node' }[resource];
      return { kind: `${kind}ProxyOptions`, apiVersion: 'v1', path };
    }
  }
}

/** Asks webhooks and policies whether somebody may connect; throws their refusal. Logs are read, not connected to. */
export async function admitConnect(core: Core, { kind, target, user, query }: Connection): Promise<void> {
  const { subresource, namespace, name } = target;
  if (subresource === 'log') return;
  await core.admission.connect({
    verb: 'connect',
    kind,
    subresource,
    namespace,
    name,
    object: connectOptions(target, query) as unknown as ApiObject,
    old: undefined,
    user,
    dryRun: false,
    now: timestamp(Date.now()),
    warnings: [],
  });
}
