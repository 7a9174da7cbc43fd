import type { Check, Subject, Violation } from '../check.ts';
import { isWindows, namesOf } from '../subject.ts';
import { theContainers } from '../wording.ts';
import { hasAllowedProfile, seccompReason, wrongProfiles } from './seccomp-profiles.ts';

function test(subject: Subject): Violation | undefined {
  const { spec } = subject;
  const wrong = wrongProfiles(subject);
  if (wrong !== undefined) return wrong;
  const silent = namesOf(spec, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (hasAllowedProfile(spec) || silent.length === 0) return undefined;
  const what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: seccompReason, detail: `pod or ${theContainers(silent)} ${what}` };
}

/** Every container must run under a seccomp profile, and say so. */
export const seccompRestricted: Check = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  versions: [
    { from: 19, test },
    { from: 25, test: (subject) => (isWindows(subject.spec) ? undefined : test(subject)) },
  ],
  replaces: ['seccompProfile_baseline'],
};
