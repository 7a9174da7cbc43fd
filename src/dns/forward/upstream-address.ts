import { isIPv4, isIPv6 } from 'node:net';
import { isPort } from '../../system/ipv4.ts';

/** Another DNS server. */
export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. Throws a RangeError for anything else. */
export function parseUpstream(text: string): UpstreamAddress {
  if (isIPv4(text) || isIPv6(text)) return { host: text, port: 53 };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (!(match?.[1] === undefined ? isIPv4(host) : isIPv6(host)) || !isPort(port)) {
    throw new RangeError(
      `not the address of a DNS server: ${JSON.stringify(text)}; write it as ADDRESS or ADDRESS:PORT`,
    );
  }
  return { host, port };
}

/** The address as `parseUpstream` reads it, for logs and metrics. */
export function upstreamText({ host, port }: UpstreamAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
