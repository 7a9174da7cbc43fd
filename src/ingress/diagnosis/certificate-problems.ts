import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Certificate } from '../plan/certificates.ts';
import type { Problem } from '../plan/problem.ts';
import { secretKey } from '../plan/routes.ts';
import { sourceOf } from './source.ts';

/** What clients will hold against certificates that nginx can show: their time, and the hosts they are not for. */
export function certificateProblems(
  ingress: Ingress,
  certificate: (key: string) => Certificate | undefined,
  nowMs: number,
): readonly Problem[] {
  const messages = (ingress.spec.tls ?? []).flatMap((entry) => {
    const key = secretKey(ingress, entry);
    const found = key === undefined ? undefined : certificate(key);
    if (found === undefined) return [];
    return [...timeFaults(found, nowMs), ...hostFaults(found, entry.hosts ?? [])].map(
      (fault) => `Secret ${key} ${fault}`,
    );
  });
  const source = sourceOf(ingress);
  return [...new Set(messages)].map((message) => ({ source, reason: 'InvalidCertificate', message }));
}

function timeFaults({ validFromMs, validToMs }: Certificate, nowMs: number): readonly string[] {
  const day = (ms: number): string => new Date(ms).toISOString();
  if (nowMs > validToMs) return [`holds a certificate that expired at ${day(validToMs)}; clients refuse it`];
  return nowMs < validFromMs
    ? [`holds a certificate that is not valid before ${day(validFromMs)}; clients refuse it`]
    : [];
}

function hostFaults({ covers }: Certificate, hosts: readonly string[]): readonly string[] {
  const missing = hosts.filter((host) => !covers(host.replace('*', 'x')));
  return missing.map(
    (host) => `holds a certificate that is not for host ${JSON.stringify(host)}; clients of that host refuse it`,
  );
}
