import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { endpointSliceKind } from '../../api/discovery/endpoint-slice.ts';
import type { Endpoint, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import { pods, services } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { dialError } from '../../machinery/upgrade/dial-failure.ts';
import type { AdmissionContext } from '../admission/types.ts';
import type { KubeletAddress } from './kubelet-address.ts';
import { findKubelet } from './kubelet-address.ts';
import type { KubeletTls } from './kubelet-client.ts';
import { DialRefused, KubeletClient } from './kubelet-client.ts';
import { nodeOf } from './pod-container.ts';
import { dial } from './proxied/dial.ts';

/** A Service's port by its number. */
export interface ServicePortAddress {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Reads the objects that a Service stands for. */
export type ServiceReader = Pick<AdmissionContext, 'read' | 'list'>;

/** A plain connection to one of a Service's endpoints; throws an error that says why there is none in upstream's words. */
export type ServiceDialer = (
  service: ServicePortAddress,
  reader: ServiceReader,
  signal: AbortSignal,
) => Promise<Duplex>;

interface Candidate {
  readonly endpoint: Endpoint;
  readonly ip: string;
  readonly port: number;
}

async function readService({ namespace, name }: ServicePortAddress, { read }: ServiceReader): Promise<Service> {
  try {
    return await read(services, { namespace, name });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw new Error(`service ${JSON.stringify(name)} not found`, { cause: error });
  }
}

/** The slices of a Service. */
export async function slicesOf(
  { namespace, name }: Pick<ServicePortAddress, 'namespace' | 'name'>,
  { list }: Pick<ServiceReader, 'list'>,
): Promise<readonly EndpointSlice[]> {
  const all = (await list(endpointSliceKind, namespace)) as readonly unknown[] as readonly EndpointSlice[];
  return all.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
}

/** The endpoints that take traffic for a port by its name. */
export function readyEndpoints(slices: readonly EndpointSlice[], portName: string): readonly Candidate[] {
  return slices.flatMap(({ endpoints = [], ports = [] }) => {
    const port = ports.find((each) => (each.name ?? '') === portName)?.port;
    if (port === undefined) return [];
    return endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap((endpoint) => endpoint.addresses.slice(0, 1).map((ip) => ({ endpoint, ip, port })));
  });
}

function anyOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

/** What claims to sit on loopback or a link-local address is a trick. */
function isReachable(address: string): boolean {
  return isIP(address) !== 0 && !/^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|::1$|::$|fe[89ab]|ff)/i.test(address);
}

/** By way of whose node a pod's endpoint is reached; undefined for an endpoint that is no pod. */
async function nodeOfEndpoint(
  { endpoint: { targetRef }, ip }: Candidate,
  namespace: string,
  reader: ServiceReader,
): Promise<KubeletAddress | undefined> {
  if (targetRef?.kind !== 'Pod' || targetRef.name === undefined || targetRef.namespace !== namespace) return undefined;
  try {
    const pod = await reader.read(pods, { namespace, name: targetRef.name });
    const isPods = pod.status.podIP === ip || pod.status.podIPs?.some((own) => own.ip === ip) === true;
    return isPods ? await findKubelet(reader, nodeOf(pod)) : undefined;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

/**
 * Connects to Services from where this server stands: to a pod through the kubelet of its node, to an endpoint made by
 * hand from this server itself.
 */
export function createServiceDialer(kubeletTls: KubeletTls): ServiceDialer {
  const kubelets = new KubeletClient(kubeletTls);
  return async (address, reader, signal) => {
    const { namespace, name, port: number } = address;
    const { spec } = await readService(address, reader);
    if (spec.type === 'ExternalName') {
      const host = spec.externalName ?? '';
      return dialOrSay(host, number, () => dial(host, number, signal));
    }
    const quoted = JSON.stringify(name);
    const port = spec.ports?.find((each) => each.port === number);
    if (port === undefined) throw new Error(`no service port ${number} found for service ${quoted}`);
    const chosen = anyOf(readyEndpoints(await slicesOf(address, reader), port.name ?? ''));
    if (chosen === undefined || !isReachable(chosen.ip)) {
      throw new Error(`no endpoints available for service ${quoted}`);
    }
    const kubelet = await nodeOfEndpoint(chosen, namespace, reader);
    return dialOrSay(chosen.ip, chosen.port, () =>
      kubelet === undefined ? dial(chosen.ip, chosen.port, signal) : kubelets.dial(kubelet, chosen, signal),
    );
  };
}

async function dialOrSay(host: string, port: number, connect: () => Promise<Duplex>): Promise<Duplex> {
  try {
    return await connect();
  } catch (error) {
    throw new Error(error instanceof DialRefused ? error.message : dialError(host, port, error), { cause: error });
  }
}
