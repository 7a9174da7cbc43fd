import type { EtcdEndpoints } from './connection.ts';
import { EtcdConnection } from './connection.ts';
import { EtcdError, textOf } from './errors.ts';
import { Layout } from './layout.ts';

const patienceMs = 5000;

interface StoreAddress extends EtcdEndpoints {
  readonly prefix: string;
}

async function withConnection(
  address: StoreAddress,
  use: (connection: EtcdConnection, layout: Layout) => Promise<unknown>,
): Promise<void> {
  const connection = new EtcdConnection(address);
  try {
    await use(connection, new Layout(address.prefix));
  } catch (cause) {
    if (cause instanceof EtcdError) throw cause;
    throw new EtcdError(`etcd at ${connection.url} refuses: ${textOf(cause)}`, { cause });
  } finally {
    connection.close();
  }
}

/** Throws EtcdError, which says why, when etcd does not answer or does not let this client in. */
export function checkStore(address: StoreAddress): Promise<void> {
  return withConnection(address, (connection, layout) =>
    connection.call((kv, options) => kv.range({ key: layout.head }, options), patienceMs),
  );
}

/** Removes a store with all that is in it, history apart. */
export function deleteStore(address: StoreAddress): Promise<void> {
  return withConnection(address, (connection, layout) => {
    const request = { case: 'requestDeleteRange' as const, value: layout.all };
    return connection.call((kv, options) => kv.txn({ success: [{ request }] }, options), patienceMs);
  });
}
