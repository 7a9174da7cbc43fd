/** What Go's network library says of the system's errors: users know the events by these words. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  EACCES: 'connect: permission denied',
  EPERM: 'connect: operation not permitted',
  ETIMEDOUT: 'connect: connection timed out',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
};

/** The code of a system error, looking into those that came of several attempts. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The text for a connection to `address` (`host:port`) that failed: `dial tcp 10.0.0.1:80: connect: connection refused`. */
export function dialErrorText(address: string, error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const host = address.replace(/:\d+$/, '');
    return `dial tcp: lookup ${host}: ${code === 'ENOTFOUND' ? 'no such host' : 'Temporary failure in name resolution'}`;
  }
  const text = error instanceof Error ? error.message : String(error);
  return `dial tcp ${address}: ${(code === undefined ? undefined : words[code]) ?? text}`;
}
