import type { Duplex } from 'node:stream';
import { services } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { dialError } from '../../machinery/upgrade/dial-failure.ts';
import type { ObjectReader } from '../options.ts';
import type { KubeletTls } from './kubelet-client.ts';
import { DialRefused, KubeletClient } from './kubelet-client.ts';
import { locate } from './proxied/location.ts';
import { dial } from './proxied/dial.ts';

/** A Service's port by its number. */
export interface ServicePortAddress {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** A plain connection to one of a Service's pods; throws an error that says why there is none in upstream's words. */
export type ServiceDialer = (service: ServicePortAddress, read: ObjectReader, signal: AbortSignal) => Promise<Duplex>;

async function externalNameOf({ namespace, name }: ServicePortAddress, read: ObjectReader): Promise<string> {
  try {
    const { spec } = await read(services, { namespace, name });
    return spec.type === 'ExternalName' ? (spec.externalName ?? '') : '';
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw new Error(`service ${JSON.stringify(name)} not found`, { cause: error });
  }
}

/** Connects to Services from where this server stands: through the kubelet of the node that runs the chosen pod. */
export function createServiceDialer(kubeletTls: KubeletTls): ServiceDialer {
  const kubelets = new KubeletClient(kubeletTls);
  return async (service, read, signal) => {
    const { namespace, name, port } = service;
    const external = await externalNameOf(service, read);
    if (external !== '') return dialOrSay(external, port, () => dial(external, port, signal));
    const target = { resource: 'services', subresource: 'proxy', namespace, path: '/' } as const;
    const location = await locate({
      target: { ...target, name: `https:${name}:${port}` },
      user: { name: 'system:apiserver', groups: ['system:masters'] },
      query: new URLSearchParams(),
      read,
    });
    if (location.via !== 'node') throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
    const { host: ip, port: podPort, kubelet } = location;
    return dialOrSay(ip, podPort, () => kubelets.dial(kubelet, { ip, port: podPort }, signal));
  };
}

async function dialOrSay(host: string, port: number, connect: () => Promise<Duplex>): Promise<Duplex> {
  try {
    return await connect();
  } catch (error) {
    throw new Error(error instanceof DialRefused ? error.message : dialError(host, port, error), { cause: error });
  }
}
