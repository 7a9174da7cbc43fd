import { isIP } from 'node:net';
import type { EndpointAddress, Endpoints } from '../../../api/core/endpoints.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import { endpoints, pods, services } from '../../../api/resources.ts';
import { isStatus, StatusError } from '../../../api/status-error.ts';
import type { KubeletAddress } from '../kubelet-address.ts';
import { findKubelet } from '../kubelet-address.ts';
import { nodeOf } from '../pod-container.ts';
import type { ConnectContext } from '../types.ts';
import { parseTargetName } from './target-name.ts';

/** Where a proxied request goes: to a kubelet's own server, to another port of a node, or to a pod by way of its node. */
export type Location =
  | { readonly via: 'kubelet'; readonly kubelet: KubeletAddress }
  | { readonly via: 'direct'; readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number }
  | {
      readonly via: 'node';
      readonly kubelet: KubeletAddress;
      readonly scheme: 'http' | 'https';
      readonly host: string;
      readonly port: number;
    };

/** Finds what a proxy request is for; throws StatusError in upstream's words when it cannot be reached. */
export function locate(context: ConnectContext): Promise<Location> {
  switch (context.target.resource) {
    case 'nodes':
      return locateNode(context);
    case 'pods':
      return locatePod(context);
    default:
      return locateService(context);
  }
}

function portNumber(text: string, scheme: 'http' | 'https'): number {
  if (text === '') return scheme === 'https' ? 443 : 80;
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port <= 65535) return port;
  throw new StatusError(
    'ServiceUnavailable',
    `error trying to reach service: dial tcp: lookup tcp/${text}: unknown port`,
  );
}

async function locateNode(context: ConnectContext): Promise<Location> {
  const { scheme, name, port } = parseTargetName(context.target.name, 'node');
  const kubelet = await findKubelet(context, name);
  if (port === '' || Number(port) === kubelet.port) return { via: 'kubelet', kubelet };
  return { via: 'direct', scheme, host: kubelet.host, port: portNumber(port, scheme) };
}

async function locatePod(context: ConnectContext): Promise<Location> {
  const { namespace } = context.target;
  const { scheme, name, port } = parseTargetName(context.target.name, 'pod');
  const pod = await context.read(pods, { namespace, name });
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
  const wanted = port === '' && declared !== undefined ? String(declared) : port;
  return await throughNode(context, pod, pod.status.podIP ?? '', portNumber(wanted, scheme), scheme);
}

async function throughNode(
  context: ConnectContext,
  pod: Pod,
  host: string,
  port: number,
  scheme: 'http' | 'https',
): Promise<Location> {
  if (!isProxyable(host)) throw new StatusError('BadRequest', 'address not allowed');
  return { via: 'node', kubelet: await findKubelet(context, nodeOf(pod)), scheme, host, port };
}

/** Pods have addresses of their own: what claims to sit on loopback or a link-local address is a trick. */
function isProxyable(address: string): boolean {
  return isIP(address) !== 0 && !/^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|::1$|::$|fe[89ab]|ff)/i.test(address);
}

async function locateService(context: ConnectContext): Promise<Location> {
  const { namespace, name: id } = context.target;
  const { scheme, name, port } = parseTargetName(id, 'service');
  const portName = /^\d+$/.test(port) ? await nameOfPort(context, name, Number(port)) : port;
  const found = await context.read(endpoints, { namespace, name });
  if ((found.subsets ?? []).length === 0) throw noEndpoints(name);
  for (const { address, port: targetPort } of shuffled(candidates(found, portName))) {
    const pod = await podOf(context, address);
    if (pod !== undefined) return await throughNode(context, pod, address.ip, targetPort, scheme);
  }
  throw noEndpoints(id);
}

function noEndpoints(name: string): StatusError {
  return new StatusError('ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
}

async function nameOfPort(context: ConnectContext, name: string, number: number): Promise<string> {
  const service = await context.read(services, { namespace: context.target.namespace, name });
  const port = (service.spec.ports ?? []).find((candidate) => candidate.port === number);
  if (port !== undefined) return port.name ?? '';
  throw new StatusError('ServiceUnavailable', `no service port ${number} found for service ${JSON.stringify(name)}`);
}

interface Candidate {
  readonly address: EndpointAddress;
  readonly port: number;
}

function candidates({ subsets = [] }: Endpoints, portName: string): Candidate[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) => {
    const port = ports.find((candidate) => (candidate.name ?? '') === portName)?.port;
    return port === undefined ? [] : addresses.map((address) => ({ address, port }));
  });
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  const start = Math.floor(Math.random() * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}

/** The pod behind an endpoint's address; undefined when there is none that has it, as with hand-made endpoints. */
async function podOf(context: ConnectContext, { ip, targetRef }: EndpointAddress): Promise<Pod | undefined> {
  const { namespace } = context.target;
  if (targetRef?.kind !== 'Pod' || targetRef.name === undefined || targetRef.namespace !== namespace) return undefined;
  try {
    const pod = await context.read(pods, { namespace, name: targetRef.name });
    return pod.status.podIP === ip || pod.status.podIPs?.some((own) => own.ip === ip) === true ? pod : undefined;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
