import type { KubeObject, Unsaved } from '../../api/object.ts';
import { bootstrapStorageClass } from '../../controllers/persistent-volume-provisioner/storage-class.ts';
import { kubeDnsObjects } from '../../dns/kube-dns.ts';
import { ingressObjects } from '../../ingress/ingress.ts';
import { dnsAddress } from '../addresses.ts';

/** What a cluster has from the start besides namespaces and roles: where it is missing, the server creates it. */
export function bootstrapObjects(): readonly Unsaved<KubeObject>[] {
  return [bootstrapStorageClass(), ...kubeDnsObjects(dnsAddress), ...ingressObjects()];
}
