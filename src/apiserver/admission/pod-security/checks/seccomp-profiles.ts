import type { PodSpec } from '../../../../api/core/pod-spec.schema.ts';
import type { Subject, Violation } from '../check.ts';
import { containersOf } from '../subject.ts';
import { quoted, setters, sorted } from '../wording.ts';

export const seccompReason = 'seccompProfile';

const isAllowed = (type: string | undefined): boolean =>
  type === undefined || type === 'RuntimeDefault' || type === 'Localhost';

/** True when the pod names an allowed profile for all containers that name none. */
export function hasAllowedProfile({ securityContext }: PodSpec): boolean {
  const type = securityContext?.seccompProfile?.type;
  return type !== undefined && isAllowed(type);
}

/** Who names a profile that is not allowed. */
export function wrongProfiles({ spec }: Subject): Violation | undefined {
  const ofPod = spec.securityContext?.seccompProfile?.type;
  const wrong = containersOf(spec).filter(({ securityContext }) => !isAllowed(securityContext?.seccompProfile?.type));
  const types = [ofPod, ...wrong.map(({ securityContext }) => securityContext?.seccompProfile?.type)];
  const values = sorted(types.filter((type) => type !== undefined && !isAllowed(type)) as readonly string[]);
  if (values.length === 0) return undefined;
  const who = setters(
    !isAllowed(ofPod),
    wrong.map(({ name }) => name),
  );
  return {
    reason: seccompReason,
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}
