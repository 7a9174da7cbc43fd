import type { Check, Subject, Violation } from '../check.ts';
import { containersOf } from '../subject.ts';
import { plural, sorted } from '../wording.ts';
import { wrongProfiles } from './seccomp-profiles.ts';

const podKey = 'seccomp.security.alpha.kubernetes.io/pod';
const containerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const isAllowedValue = (value: string): boolean =>
  value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');

/** Profiles were annotations before version 1.19. */
function testAnnotations({ annotations, spec }: Subject): Violation | undefined {
  const keys = [podKey, ...containersOf(spec).map(({ name }) => containerPrefix + name)];
  const wrong = keys.flatMap((key) => {
    const value = annotations[key];
    return value === undefined || isAllowedValue(value) ? [] : [`${key}=${JSON.stringify(value)}`];
  });
  const values = sorted(wrong);
  if (values.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', 'annotations', values.length)} ${values.join(', ')}`,
  };
}

/** The runtime's seccomp profile may be replaced by one of the node's, and never be asked away. */
export const seccompBaseline: Check = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  versions: [
    { from: 0, test: testAnnotations },
    { from: 19, test: wrongProfiles },
  ],
};
