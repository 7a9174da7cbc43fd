import type { Check, Subject, Violation } from '../check.ts';
import { containersOf, namesOf } from '../subject.ts';
import { quoted, sorted, theContainers } from '../wording.ts';

const usual = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

function test({ spec }: Subject): Violation | undefined {
  const unusual = (added: readonly string[] | undefined): readonly string[] =>
    (added ?? []).filter((capability) => !usual.has(capability));
  const names = namesOf(spec, ({ securityContext }) => unusual(securityContext?.capabilities?.add).length > 0);
  if (names.length === 0) return undefined;
  const added = containersOf(spec).flatMap(({ securityContext }) => unusual(securityContext?.capabilities?.add));
  return {
    reason: 'non-default capabilities',
    detail: `${theContainers(names)} must not include ${quoted(sorted(added))} in securityContext.capabilities.add`,
  };
}

/** Only capabilities that runtimes grant anyway may be asked for; NET_RAW is none of them. */
export const capabilitiesBaseline: Check = {
  id: 'capabilities_baseline',
  level: 'baseline',
  versions: [{ from: 0, test }],
};
