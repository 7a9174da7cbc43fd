import type { Lease } from '../../api/coordination/lease.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import { leases } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { pause } from '../../client/back-off.ts';
import type { Logger } from '../../system/logger.ts';

export interface NodeLeaseOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  /** The node's object, for the lease to belong to. */
  readonly node: () => Node | undefined;
  readonly logger: Logger;
  readonly now: () => number;
  readonly renewMs?: number;
}

const namespace = 'kube-node-lease';
const leaseDurationSeconds = 40;

/** Says every 10 s, until `signal` is aborted, that the node is alive: cheaper than a write of its status. */
export async function keepNodeLease(options: NodeLeaseOptions, signal: AbortSignal): Promise<void> {
  const { logger, renewMs = 10_000 } = options;
  let lease: Lease | undefined;
  while (!signal.aborted) {
    try {
      lease = await renew(options, lease);
    } catch (err) {
      if (!signal.aborted) logger.warn({ err }, 'cannot renew the lease of the node');
      lease = undefined;
    }
    // A lease that was just lost, or an API that just came back, is not worth waiting a whole turn for.
    if (!(await pause(lease === undefined ? Math.min(renewMs, 1000) : renewMs, signal))) return;
  }
}

async function renew({ client, nodeName, node, now }: NodeLeaseOptions, lease: Lease | undefined): Promise<Lease> {
  const renewTime = new Date(now()).toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: nodeName, leaseDurationSeconds, renewTime };
  const current = lease ?? (await existing(client, nodeName));
  const owner = node();
  // The lease goes with the node; the first one may be needed before the node is there.
  const ownerReferences =
    owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: owner.metadata.uid }];
  if (current !== undefined) {
    const owned = (current.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner?.metadata.uid);
    const metadata = owned || owner === undefined ? current.metadata : { ...current.metadata, ownerReferences };
    return client.update(leases, { ...current, metadata, spec: { ...current.spec, ...spec } });
  }
  const { group, version, kind } = leases;
  return client.create(leases, {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name: nodeName, namespace, ownerReferences },
    spec,
  });
}

async function existing(client: ApiClient, name: string): Promise<Lease | undefined> {
  try {
    return await client.get(leases, { namespace, name });
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
