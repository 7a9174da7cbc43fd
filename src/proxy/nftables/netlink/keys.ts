import { addressNumber } from '../../../system/ipv4.ts';

/**
 * The bytes of an element's key as the kernel holds it, from nft's notation: parts joined by ` . `, each an address or a
 * number, each filled up to four bytes. A port, which is always what comes after a protocol, takes two of its four.
 */
export function keyBytes(key: string): Buffer {
  const parts = key.split(' . ');
  const bytes = Buffer.alloc(4 * parts.length);
  for (const [index, part] of parts.entries()) {
    const at = 4 * index;
    if (part.includes('.')) bytes.writeUInt32BE(addressNumber(part), at);
    else if (index === parts.length - 1) bytes.writeUInt16BE(Number(part), at);
    else bytes.writeUInt8(Number(part), at);
  }
  return bytes;
}

/** An address in the order of the network. */
export function addressBytes(ip: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(addressNumber(ip));
  return bytes;
}

/** A port in the order of the network. */
export function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}

/** A number in the machine's own order, as packet marks and random numbers are. */
export function hostBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
