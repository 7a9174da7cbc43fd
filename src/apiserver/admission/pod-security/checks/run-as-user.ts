import type { Check, Subject, Violation } from '../check.ts';
import { hasOwnUsers, namesOf } from '../subject.ts';
import { setters } from '../wording.ts';

function test({ spec }: Subject): Violation | undefined {
  const isPod = spec.securityContext?.runAsUser === 0;
  const names = namesOf(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
  if (!isPod && names.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters(isPod, names)} must not set runAsUser=0` };
}

/** Nothing may ask to be user 0, unless the pod's root is nobody on the node. */
export const runAsUser: Check = {
  id: 'runAsUser',
  level: 'restricted',
  versions: [
    { from: 23, test },
    { from: 35, test: (subject) => (hasOwnUsers(subject.spec) ? undefined : test(subject)) },
  ],
};
