import type { Container } from '../../api/core/container.schema.ts';

/** A probe or hook that cannot be carried out as it is written. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** The number of a port that is given as one or by the name of a container's port. Throws TargetError. */
export function resolvePort(port: number | string, { ports }: Pick<Container, 'ports'>): number {
  const named = typeof port === 'string' ? ports?.find(({ name }) => name === port)?.containerPort : port;
  let number = named;
  if (number === undefined) {
    // A number may have been written as text.
    if (!/^[+-]?\d+$/.test(String(port))) {
      throw new TargetError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
    }
    number = Number(port);
  }
  if (number > 0 && number < 65_536) return number;
  throw new TargetError(`invalid port number: ${number}`);
}

/** The host that is meant: the one that is named, or else the pod. Throws TargetError while the pod has no address. */
export function resolveHost(host: string | undefined, address: string | undefined): string {
  const meant = host === undefined || host === '' ? address : host;
  if (meant === undefined || meant === '') throw new TargetError('the pod has no address yet');
  return meant;
}

/** `10.0.0.1:80` or `[::1]:80`. */
export const joinHostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
