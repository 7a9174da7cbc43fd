import { mkdir } from 'node:fs/promises';
import type { ApplyOptions } from './host/apply.ts';
import { applyHost } from './host/apply.ts';
import { clusterSubnets, foreignRanges, hostStateOf, observeHostNetwork } from './host/observe.ts';
import { planHost } from './host/plan.ts';
import type { ClusterNetwork } from './layout.ts';
import { applyNodes } from './node/apply.ts';
import type { PodRoute } from './node/plan.ts';
import { planNode } from './node/plan.ts';
import { chooseSubnet, findOverlap } from './subnet.ts';

/** A reason why the cluster's network cannot be made, with what to do about it. */
export class NetworkConflictError extends Error {
  readonly code = 'NETWORK_CONFLICT';

  constructor(message: string) {
    super(message);
    this.name = 'NetworkConflictError';
  }
}

/** Chooses a free /24 for a new cluster's nodes. Throws NetworkConflictError where the host leaves none. */
export async function findFreeSubnet(reserved: readonly string[], clusters: readonly string[] = []): Promise<string> {
  const host = await observeHostNetwork();
  const taken = [...clusters, ...clusterSubnets(host)];
  const subnet = chooseSubnet({ foreign: foreignRanges(host), clusters: taken, reserved });
  if (subnet !== undefined) return subnet;
  throw new NetworkConflictError(
    "No private range is free for the cluster's nodes: the host's routes cover them all. Remove a route, or leave the VPN that sets it, and try again.",
  );
}

/**
 * Makes a cluster's network on this machine: the host's part, then all nodes. Done again, it completes what is
 * missing and changes nothing else. `podRoutes` gives each node, by number, the ways to the other nodes' pods that
 * are known already.
 */
export async function setUpNetwork(
  network: ClusterNetwork,
  options: ApplyOptions & { readonly podRoutes?: ReadonlyMap<number, readonly PodRoute[]> },
): Promise<void> {
  await mkdir(options.stateDirectory, { recursive: true, mode: 0o700 });
  const host = await observeHostNetwork();
  for (const [range, what] of [
    [network.subnet, "the cluster's nodes"],
    [network.podRange, 'pods'],
    [network.serviceRange, 'Services'],
  ] as const) {
    const overlap = findOverlap(range, foreignRanges(host));
    if (overlap === undefined) continue;
    throw new NetworkConflictError(
      `The host already uses ${overlap}, which overlaps the range ${range} of ${what}. Remove that route or address, and try again.`,
    );
  }
  await applyHost(planHost(network, await hostStateOf(network.cluster, host)), options);
  const plans = network.nodes.map((index) => planNode(network, index, options.podRoutes?.get(index)));
  await applyNodes(plans, options);
}
