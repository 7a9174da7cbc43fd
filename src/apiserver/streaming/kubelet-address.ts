import type { Node } from '../../api/core/node.schema.ts';
import { nodes } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import type { ConnectContext } from './types.ts';

/** Where a node's kubelet listens. */
export interface KubeletAddress {
  readonly host: string;
  readonly port: number;
}

const defaultPort = 10250;

/** The address of a node's kubelet by the node's status; throws StatusError `InternalError` where it names none. */
export function kubeletAddressOf(node: Node): KubeletAddress {
  const { addresses = [], daemonEndpoints } = node.status ?? {};
  const host = addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
  if (host === '') {
    const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ');
    throw new StatusError('InternalError', `no preferred addresses found; known addresses: [${known}]`);
  }
  const port = daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return { host, port: port === 0 ? defaultPort : port };
}

/** As `kubeletAddressOf`, by the node's name; throws StatusError `NotFound` when there is no such node. */
export async function findKubelet(context: Pick<ConnectContext, 'read'>, nodeName: string): Promise<KubeletAddress> {
  return kubeletAddressOf(await context.read(nodes, { name: nodeName }));
}
