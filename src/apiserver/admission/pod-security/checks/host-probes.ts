import type { Container, EphemeralContainer } from '../../../../api/core/container.schema.ts';
import type { Check, Subject, Violation } from '../check.ts';
import { containersOf } from '../subject.ts';
import { plural, quoted, sorted, theContainers } from '../wording.ts';

function hostsOf(container: Container | EphemeralContainer): readonly string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  const hosts = handlers.flatMap((handler) => [handler?.httpGet?.host ?? '', handler?.tcpSocket?.host ?? '']);
  return hosts.filter((host) => host !== '');
}

function test({ spec }: Subject): Violation | undefined {
  const asking = containersOf(spec).filter((container) => hostsOf(container).length > 0);
  if (asking.length === 0) return undefined;
  const names = sorted(asking.map(({ name }) => name));
  const hosts = sorted(asking.flatMap(hostsOf));
  const use = plural('uses', 'use', names.length);
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return { reason: 'probe or lifecycle host', detail: `${theContainers(names)} ${use} ${what} ${quoted(hosts)}` };
}

/** The kubelet must not be made to call on strangers. */
export const hostProbes: Check = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  versions: [{ from: 34, test }],
};
