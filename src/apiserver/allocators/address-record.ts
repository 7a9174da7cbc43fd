import { randomUUID } from 'node:crypto';
import type { IPAddress } from '../../api/networking/ip-address.schema.ts';
import type { Store, StoredObject } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import { timestamp } from '../registry/core.ts';

/** The Service that an address is for. */
export interface AddressOwner {
  readonly namespace: string;
  readonly name: string;
}

export const recordPrefix = '/networking.k8s.io/ipaddresses/';

/** The IPAddress object that says whose a Service address is, as upstream's allocator makes it. */
function addressRecord(address: string, { namespace, name }: AddressOwner): IPAddress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      uid: randomUUID(),
      creationTimestamp: timestamp(Date.now()),
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
      // The store gives it one.
      resourceVersion: '',
    },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  };
}

/** Makes the record of an address; undefined where there is one already, whoever's it is. */
export async function createRecord(
  store: Store,
  address: string,
  owner: AddressOwner,
): Promise<StoredObject | undefined> {
  try {
    return await store.create(`${recordPrefix}${address}`, addressRecord(address, owner));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'exists') return undefined;
    throw error;
  }
}

/** Deletes the record of an address, unless it has become somebody else's meanwhile. */
export async function deleteRecord(store: Store, address: string, owner: AddressOwner): Promise<void> {
  const found = await store.get(`${recordPrefix}${address}`);
  if (found === undefined) return;
  const { group = '', resource, namespace, name } = (found.object as IPAddress).spec.parentRef;
  if (group !== '' || resource !== 'services' || namespace !== owner.namespace || name !== owner.name) return;
  try {
    await store.delete(found.key, found.revision);
  } catch (error) {
    // A store that closes leaves the record; whoever repairs addresses finds that nobody has it.
    if (!(error instanceof StoreError) || (error.code !== 'conflict' && error.code !== 'closed')) throw error;
  }
}
