import type { Check, Subject, Violation } from '../check.ts';
import { hasOwnUsers, namesOf } from '../subject.ts';
import { setters, theContainers } from '../wording.ts';

const reason = 'runAsNonRoot != true';

function test({ spec }: Subject): Violation | undefined {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const wrong = namesOf(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (ofPod === false || wrong.length > 0) {
    return { reason, detail: `${setters(ofPod === false, wrong)} must not set securityContext.runAsNonRoot=false` };
  }
  const silent = namesOf(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (ofPod === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${theContainers(silent)} must set securityContext.runAsNonRoot=true` };
}

/** Nothing may run as root, unless the pod's root is nobody on the node. */
export const runAsNonRoot: Check = {
  id: 'runAsNonRoot',
  level: 'restricted',
  versions: [
    { from: 0, test },
    { from: 35, test: (subject) => (hasOwnUsers(subject.spec) ? undefined : test(subject)) },
  ],
};
