import type { SELinuxOptions } from '../../../../api/core/security-context.schema.ts';
import type { Check, Subject, Test, Violation } from '../check.ts';
import { containersOf } from '../subject.ts';
import { plural, quoted, setters, sorted } from '../wording.ts';

const types = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const testWith =
  (allowed: readonly string[]): Test =>
  ({ spec }: Subject): Violation | undefined => {
    const isWrong = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
      options !== undefined &&
      (!allowed.includes(options.type ?? '') || (options.user ?? '') !== '' || (options.role ?? '') !== '');
    const ofPod = spec.securityContext?.seLinuxOptions;
    const wrong = containersOf(spec).filter(({ securityContext }) => isWrong(securityContext?.seLinuxOptions));
    const options = [ofPod, ...wrong.map(({ securityContext }) => securityContext?.seLinuxOptions)].filter(isWrong);
    if (options.length === 0) return undefined;
    const wrongTypes = sorted(options.map(({ type = '' }) => type).filter((type) => !allowed.includes(type)));
    const faults = [
      ...(wrongTypes.length > 0 ? [`${plural('type', 'types', wrongTypes.length)} ${quoted(wrongTypes)}`] : []),
      ...(options.some(({ user = '' }) => user !== '') ? ['user may not be set'] : []),
      ...(options.some(({ role = '' }) => role !== '') ? ['role may not be set'] : []),
    ];
    const who = setters(
      isWrong(ofPod),
      wrong.map(({ name }) => name),
    );
    return {
      reason: 'seLinuxOptions',
      detail: `${who} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`,
    };
  };

/** Only the types that are made for containers; never another user or role. */
export const seLinuxOptions: Check = {
  id: 'seLinuxOptions',
  level: 'baseline',
  versions: [
    { from: 0, test: testWith(types) },
    { from: 31, test: testWith([...types, 'container_engine_t']) },
  ],
};
