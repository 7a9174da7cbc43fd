import type { Container, EphemeralContainer } from '../../../../api/core/container.schema.ts';
import type { Check, Subject, Violation } from '../check.ts';
import { containersOf, namesOf } from '../subject.ts';
import { plural, sorted, theContainers } from '../wording.ts';

const portsOf = ({ ports = [] }: Container | EphemeralContainer): readonly string[] =>
  ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)]));

function test({ spec }: Subject): Violation | undefined {
  const names = namesOf(spec, (container) => portsOf(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(containersOf(spec).flatMap(portsOf));
  const use = plural('uses', 'use', names.length);
  return {
    reason: 'hostPort',
    detail: `${theContainers(names)} ${use} ${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}`,
  };
}

/** A pod must not take the node's ports. */
export const hostPorts: Check = { id: 'hostPorts', level: 'baseline', versions: [{ from: 0, test }] };
