import type { KubeObject, Unsaved } from '../../api/object.ts';
import { addressText, rangeOf } from '../../system/ipv4.ts';
import type { Core } from '../registry/core.ts';
import { ensureCurrent, ensureFields, ensureObject } from './ensure.ts';
import type { Advertised } from './objects.ts';
import { clusterObjects, kubernetesEndpoints, kubernetesService, serviceCidr } from './objects.ts';

export interface BootstrapOptions {
  readonly core: Core;
  readonly serviceRange: string;
  readonly advertise: Advertised | undefined;
  readonly objects: readonly Unsaved<KubeObject>[];
}

const isNamespace = ({ kind }: Unsaved<KubeObject>): boolean => kind === 'Namespace';

/** Makes what a cluster cannot be without, where it is missing. */
export async function bootstrap({ core, serviceRange, advertise, objects }: BootstrapOptions): Promise<void> {
  const all = [...clusterObjects(), ...objects];
  // The others may stand in one of them.
  await Promise.all(all.filter(isNamespace).map((object) => ensureObject(core, object)));
  // No Service gets an address without a range.
  await ensureObject(core, serviceCidr(serviceRange));
  await Promise.all(all.filter((object) => !isNamespace(object)).map((object) => ensureCurrent(core, object)));
  if (advertise === undefined) return;
  const first = addressText(rangeOf(serviceRange).base + 1);
  await ensureObject(core, kubernetesService(first, advertise));
  for (const object of kubernetesEndpoints(advertise)) {
    await ensureFields(core, object, object.kind === 'Endpoints' ? ['subsets'] : ['endpoints', 'ports']);
  }
}
