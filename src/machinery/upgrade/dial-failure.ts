const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EAFNOSUPPORT: 'address family not supported by protocol',
};

/** Why a connection failed, in the words of Go programs, which users of Kubernetes know. */
export function dialFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return words[code ?? ''] ?? message;
}

/** As `dialFailure`, with the address in front where none was reached: `dial tcp 10.0.0.1:80: connect: …`. */
export function dialError(host: string, port: number, error: unknown): string {
  const { syscall } = error as NodeJS.ErrnoException;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return syscall === 'connect' ? `dial tcp ${address}: connect: ${dialFailure(error)}` : dialFailure(error);
}
