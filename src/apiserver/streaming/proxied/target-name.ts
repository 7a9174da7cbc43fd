import { StatusError } from '../../../api/status-error.ts';

/** A proxied object as the path names it: `name`, `name:port` or `scheme:name:port`. */
export interface TargetName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number, a port's name, or empty. */
  readonly port: string;
}

/** Takes a proxied name apart; throws StatusError `BadRequest`, e.g. `invalid pod request "a:b:c:d"`. */
export function parseTargetName(id: string, kind: 'pod' | 'service' | 'node'): TargetName {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) {
    throw new StatusError('BadRequest', `invalid ${kind} request ${JSON.stringify(id)}`);
  }
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}
