import type { Container, EphemeralContainer } from '../../../../api/core/container.schema.ts';
import type { Check, Subject, Violation } from '../check.ts';
import { containersOf, hasOwnUsers } from '../subject.ts';
import { quoted, sorted, theContainers } from '../wording.ts';

const typeOf = ({ securityContext }: Container | EphemeralContainer): string => securityContext?.procMount ?? 'Default';

function test({ spec }: Subject): Violation | undefined {
  const bare = containersOf(spec).filter((container) => typeOf(container) !== 'Default');
  if (bare.length === 0) return undefined;
  const names = bare.map(({ name }) => name);
  const types = quoted(sorted(bare.map(typeOf)));
  return {
    reason: 'procMount',
    detail: `${theContainers(names)} must not set securityContext.procMount to ${types}`,
  };
}

/** What /proc hides stays hidden, unless the pod's users are nobody on the node. */
export const procMount: Check = {
  id: 'procMount',
  level: 'baseline',
  versions: [
    { from: 0, test },
    { from: 35, test: (subject) => (hasOwnUsers(subject.spec) ? undefined : test(subject)) },
  ],
};

/** What /proc hides stays hidden, whoever looks. */
export const procMountRestricted: Check = {
  id: 'procMount_restricted',
  level: 'restricted',
  versions: [{ from: 35, test }],
  replaces: ['procMount'],
};
