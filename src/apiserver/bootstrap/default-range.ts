import type { Watch } from '../../store/store.ts';
import { follow } from '../auth/follow.ts';
import type { Core } from '../registry/core.ts';
import { ensureObject } from './ensure.ts';
import { serviceCidr } from './objects.ts';

/** Makes the ServiceCIDR `kubernetes` anew whenever it is gone: a cluster cannot be without. */
export async function keepDefaultRange(core: Core, range: string): Promise<Watch> {
  const object = serviceCidr(range);
  const key = `/networking.k8s.io/servicecidrs/${object.metadata.name}`;
  return follow(core.store, key, {
    put: () => undefined,
    remove: (removed) => {
      if (removed !== key) return;
      ensureObject(core, object).catch((err: unknown) =>
        core.logger.error({ err }, 'cannot make the default ServiceCIDR'),
      );
    },
  });
}
