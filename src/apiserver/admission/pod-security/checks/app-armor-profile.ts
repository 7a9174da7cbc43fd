import type { Check, Subject, Violation } from '../check.ts';
import { containersOf } from '../subject.ts';
import { plural, quoted, setters, sorted } from '../wording.ts';

const annotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const isAllowedValue = (profile: string): boolean =>
  profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
const isAllowedType = (type: string | undefined): boolean =>
  type === undefined || type === 'RuntimeDefault' || type === 'Localhost';

function test({ annotations, spec }: Subject): Violation | undefined {
  const ofPod = spec.securityContext?.appArmorProfile?.type;
  const typed = containersOf(spec).map(({ name, securityContext }) => ({
    name,
    type: securityContext?.appArmorProfile?.type,
  }));
  const bad = typed.filter(({ type }) => !isAllowedType(type));
  const badAnnotations = Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(annotationPrefix) && !isAllowedValue(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const types = [ofPod, ...bad.map(({ type }) => type)].filter((type) => type !== undefined && !isAllowedType(type));
  const values = [...sorted(types as readonly string[]), ...badAnnotations.toSorted()];
  if (values.length === 0) return undefined;
  const who = setters(
    !isAllowedType(ofPod),
    bad.map(({ name }) => name),
  );
  const annotated = badAnnotations.length === 0 ? '' : plural('annotation', 'annotations', badAnnotations.length);
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${[who, annotated].filter((part) => part !== '').join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

/** The runtime's AppArmor profile may be replaced by one of the node's, and never be taken away. */
export const appArmorProfile: Check = { id: 'appArmorProfile', level: 'baseline', versions: [{ from: 0, test }] };
