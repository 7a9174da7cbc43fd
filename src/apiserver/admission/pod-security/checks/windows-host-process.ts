import type { Check, Subject, Violation } from '../check.ts';
import { namesOf } from '../subject.ts';
import { setters } from '../wording.ts';

function test({ spec }: Subject): Violation | undefined {
  const isPod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const names = namesOf(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  if (!isPod && names.length === 0) return undefined;
  return {
    reason: 'hostProcess',
    detail: `${setters(isPod, names)} must not set securityContext.windowsOptions.hostProcess=true`,
  };
}

/** No container may be a process of a Windows node itself. */
export const windowsHostProcess: Check = {
  id: 'windowsHostProcess',
  level: 'baseline',
  versions: [{ from: 0, test }],
};
