import { isIPv4 } from 'node:net';
import type { Service } from '../../api/core/service.schema.ts';
import { addressNumber, addressText, inRanges, rangeOf } from '../../system/ipv4.ts';
import type { PlannedEvent } from '../planned-event.ts';

/** The class of load balancers that this cluster has; Services without a class mean it, too. */
export const nodeNetworkClass = 'coxswain.dev/node-network';

export interface LoadBalancerState {
  readonly service: Service;
  /** Where addresses come from, e.g. `172.29.0.192/26`; the last one is the network's broadcast address and stays. */
  readonly range: string;
  /** Addresses that other Services hold, with their `namespace/name`. */
  readonly taken: ReadonlyMap<string, string>;
}

export interface LoadBalancerPlan {
  /** The Service with its new status; undefined where nothing is to be written. */
  readonly update?: Service;
  readonly event?: PlannedEvent;
  /** Whether the Service waits for an address that others hold. */
  readonly waits?: true;
}

/** Whether a Service's address is this cluster's to give. */
export function isBalanced({ metadata, spec }: Service): boolean {
  const { type, loadBalancerClass = nodeNetworkClass } = spec;
  return type === 'LoadBalancer' && loadBalancerClass === nodeNetworkClass && metadata.deletionTimestamp === undefined;
}

/** The addresses of `range` that a Service's status shows. */
export function heldAddresses({ spec, status }: Service, range: string): readonly string[] {
  if (spec.type !== 'LoadBalancer') return [];
  const all = (status.loadBalancer.ingress ?? []).flatMap(({ ip = '' }) => (isIPv4(ip) ? [ip] : []));
  return all.filter((ip) => inRanges(ip, [range]));
}

/**
 * Gives a Service of type LoadBalancer its address: the one that it has, the one that it asks for, or the first free
 * one. One that asks for what it cannot get keeps waiting, without an address.
 */
export function reconcile({ service, range, taken }: LoadBalancerState): LoadBalancerPlan {
  if (!isBalanced(service)) return {};
  const { loadBalancerIP: asked = '' } = service.spec;
  const [held] = heldAddresses(service, range).filter((ip) => !taken.has(ip));
  if (asked !== '') {
    const fault = faultOf(asked, range, taken);
    if (fault !== undefined) return { ...withAddress(service, undefined), event: failed(fault.text), ...fault.waits };
    return withAddress(service, asked);
  }
  const address = held ?? firstFree(range, taken);
  if (address !== undefined) return withAddress(service, address);
  const { first, last } = ends(range);
  const text = `all addresses from ${first} to ${last} are in use; delete a Service of type LoadBalancer or change its type`;
  return { ...withAddress(service, undefined), event: failed(text), waits: true };
}

interface Fault {
  readonly text: string;
  readonly waits: { readonly waits?: true };
}

function faultOf(asked: string, range: string, taken: ReadonlyMap<string, string>): Fault | undefined {
  const { first, last } = ends(range);
  const inside = isIPv4(asked) && addressNumber(asked) >= addressNumber(first);
  if (!inside || addressNumber(asked) > addressNumber(last)) {
    return {
      text: `spec.loadBalancerIP ${asked} is not one of this cluster's addresses for load balancers, ${first} to ${last}`,
      waits: {},
    };
  }
  const holder = taken.get(asked);
  if (holder === undefined) return undefined;
  return { text: `spec.loadBalancerIP ${asked} is in use by the Service ${holder}`, waits: { waits: true } };
}

function ends(range: string): { readonly first: string; readonly last: string } {
  const { base, bits } = rangeOf(range);
  return { first: addressText(base), last: addressText(base + 2 ** (32 - bits) - 2) };
}

function firstFree(range: string, taken: ReadonlyMap<string, string>): string | undefined {
  const { first, last } = ends(range);
  for (let number = addressNumber(first); number <= addressNumber(last); number++) {
    const address = addressText(number);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

function withAddress(service: Service, address: string | undefined): LoadBalancerPlan {
  const { ingress = [] } = service.status.loadBalancer;
  const [only] = ingress;
  if (address === undefined && ingress.length === 0) return {};
  if (address !== undefined && ingress.length === 1 && only?.ip === address && only.ipMode === 'VIP') return {};
  const loadBalancer = address === undefined ? {} : { ingress: [{ ip: address, ipMode: 'VIP' }] };
  return {
    update: { ...service, status: { ...service.status, loadBalancer } },
    ...(address === undefined
      ? {}
      : { event: { type: 'Normal', reason: 'EnsuredLoadBalancer', message: `Ensured load balancer at ${address}` } }),
  };
}

function failed(text: string): PlannedEvent {
  return { type: 'Warning', reason: 'SyncLoadBalancerFailed', message: `Error syncing load balancer: ${text}` };
}
