import { isIPv4 } from 'node:net';
import { addressNumber } from '../../system/ipv4.ts';
import type { SocketAddress } from '../model.ts';

/** A map as the kernel is asked to make it; sizes follow the structures of `service.bpf.c`. */
export interface MapLayout {
  readonly name: MapName;
  readonly kind: 'hash' | 'least-recently-used' | 'socket-storage';
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

export type MapName = 'clients' | 'services' | 'backends' | 'members' | 'flows' | 'origins' | 'peers';

/** Hash maps take memory for what they hold, not for what they may hold. */
export const mapLayouts: readonly MapLayout[] = [
  { name: 'clients', kind: 'hash', keySize: 8, valueSize: 4, maxEntries: 1 << 16 },
  { name: 'services', kind: 'hash', keySize: 8, valueSize: 8, maxEntries: 1 << 20 },
  { name: 'backends', kind: 'hash', keySize: 8, valueSize: 8, maxEntries: 1 << 22 },
  { name: 'members', kind: 'hash', keySize: 12, valueSize: 4, maxEntries: 1 << 22 },
  { name: 'flows', kind: 'least-recently-used', keySize: 16, valueSize: 12, maxEntries: 1 << 14 },
  { name: 'origins', kind: 'least-recently-used', keySize: 16, valueSize: 8, maxEntries: 1 << 14 },
  { name: 'peers', kind: 'socket-storage', keySize: 4, valueSize: 16, maxEntries: 0 },
];

/** In the order of attaching: what undoes comes before what does. Programs by the section of the object file they are in, with the kernel's number of the place they attach to. */
export const programs = [
  { name: 'recvmsg4', attachType: 19 },
  { name: 'recvmsg6', attachType: 20 },
  { name: 'getpeername4', attachType: 29 },
  { name: 'getpeername6', attachType: 30 },
  { name: 'sendmsg4', attachType: 14 },
  { name: 'connect4', attachType: 10 },
  { name: 'connect6', attachType: 11 },
] as const;

/** Where a Service answers: the address, the protocol's number and the port. */
export interface ServiceAddress extends SocketAddress {
  readonly protocol: 6 | 17;
}

function bytes(length: number, fill: (view: DataView) => void): Uint8Array {
  const result = new Uint8Array(length);
  fill(new DataView(result.buffer));
  return result;
}

function setAddress(view: DataView, offset: number, { ip, port }: SocketAddress): void {
  if (!isIPv4(ip)) throw new RangeError(`not an IPv4 address: ${ip}`);
  view.setUint32(offset, addressNumber(ip));
  view.setUint16(offset + 4, port);
}

export function serviceKey(address: ServiceAddress): Uint8Array {
  return bytes(8, (view) => {
    setAddress(view, 0, address);
    view.setUint8(6, address.protocol);
  });
}

export function serviceValue(list: number, count: number): Uint8Array {
  return bytes(8, (view) => {
    view.setUint32(0, list, true);
    view.setUint32(4, count, true);
  });
}

export function backendKey(list: number, index: number): Uint8Array {
  return serviceValue(list, index);
}

export function backendValue(address: SocketAddress): Uint8Array {
  return bytes(8, (view) => setAddress(view, 0, address));
}

export function memberKey(list: number, address: SocketAddress): Uint8Array {
  return bytes(12, (view) => {
    view.setUint32(0, list, true);
    setAddress(view, 4, address);
  });
}
