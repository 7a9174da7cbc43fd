import type { Check, Subject, Violation } from '../check.ts';
import { containersOf, isWindows, namesOf } from '../subject.ts';
import { quoted, sorted, theContainers } from '../wording.ts';

function test({ spec }: Subject): Violation | undefined {
  const others = (added: readonly string[] | undefined): readonly string[] =>
    (added ?? []).filter((capability) => capability !== 'NET_BIND_SERVICE');
  const keeping = namesOf(spec, ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true);
  const adding = namesOf(spec, ({ securityContext }) => others(securityContext?.capabilities?.add).length > 0);
  const added = containersOf(spec).flatMap(({ securityContext }) => others(securityContext?.capabilities?.add));
  const faults = [
    ...(keeping.length === 0 ? [] : [`${theContainers(keeping)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0
      ? []
      : [`${theContainers(adding)} must not include ${quoted(sorted(added))} in securityContext.capabilities.add`]),
  ];
  return faults.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: faults.join('; ') };
}

/** All capabilities must be dropped; none but NET_BIND_SERVICE may be added again. */
export const capabilitiesRestricted: Check = {
  id: 'capabilities_restricted',
  level: 'restricted',
  versions: [
    { from: 22, test },
    { from: 25, test: (subject) => (isWindows(subject.spec) ? undefined : test(subject)) },
  ],
  replaces: ['capabilities_baseline'],
};
