import type { Check, Subject, Violation } from '../check.ts';
import { isWindows, namesOf } from '../subject.ts';
import { theContainers } from '../wording.ts';

function test({ spec }: Subject): Violation | undefined {
  const names = namesOf(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${theContainers(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

/** No process may gain more rights than its parent. */
export const allowPrivilegeEscalation: Check = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  versions: [
    { from: 8, test },
    { from: 25, test: (subject) => (isWindows(subject.spec) ? undefined : test(subject)) },
  ],
};
