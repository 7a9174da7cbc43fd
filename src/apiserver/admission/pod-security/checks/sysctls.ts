import type { Check, Subject, Test, Violation } from '../check.ts';

const first = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const reserved = [...first, 'net.ipv4.ip_local_reserved_ports'];
const keepalive = [
  ...reserved,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const buffers = [...keepalive, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

const testWith =
  (safe: readonly string[]): Test =>
  ({ spec }: Subject): Violation | undefined => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safe.includes(name));
    return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
  };

/** Only kernel parameters that belong to the pod alone. */
export const sysctls: Check = {
  id: 'sysctls',
  level: 'baseline',
  versions: [
    { from: 0, test: testWith(first) },
    { from: 27, test: testWith(reserved) },
    { from: 29, test: testWith(keepalive) },
    { from: 32, test: testWith(buffers) },
  ],
};
