import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import { ipFamily, validateIp } from '../validation/ip.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';

const modes = ['Proxy', 'VIP'];

interface Point {
  readonly ip?: string | undefined;
  readonly hostname?: string | undefined;
  readonly ipMode?: string | undefined;
}

/** The faults of one address at which a load balancer is said to answer, by number or by name. */
export function validateLoadBalancerPoint({ ip = '', hostname = '' }: Point, path: string): FieldError[] {
  const isIp = hostname !== '' && ipFamily(hostname) !== undefined;
  return [
    ...(ip === '' ? [] : validateIp(ip, `${path}.ip`)),
    ...(hostname === '' ? [] : invalidFields(`${path}.hostname`, hostname, dnsSubdomainComplaints(hostname))),
    ...(isIp ? [invalidField(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address')] : []),
  ];
}

function validateMode({ ip = '', ipMode }: Point, path: string): FieldError[] {
  if (ipMode === undefined) return ip === '' ? [] : [requiredField(path, 'must be specified when `ip` is set')];
  if (ip === '') return [forbiddenField(path, 'may not be specified when `ip` is not set')];
  return modes.includes(ipMode) ? [] : [notSupportedField(path, ipMode, modes)];
}

/** The faults of the addresses of a Service; only one of type LoadBalancer has any. */
export function validateServiceAddresses(points: readonly Point[], type: string | undefined): FieldError[] {
  const path = 'status.loadBalancer.ingress';
  if (points.length === 0) return [];
  if (type !== 'LoadBalancer') {
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return points.flatMap((point, index) => {
    const at = `${path}[${index}]`;
    return [...validateLoadBalancerPoint(point, at), ...validateMode(point, `${at}.ipMode`)];
  });
}
