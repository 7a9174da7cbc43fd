import type { Lease } from '../../api/coordination/lease.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import { readyCondition } from './health.ts';

interface Heartbeat {
  /** By this process's own clock, so that clocks of nodes need not agree, and sleep of the machine does not count. */
  at: number;
  sign: string;
}

/** When each node was last heard of: its lease or its status has changed. */
export class Heartbeats {
  readonly #known = new Map<string, Heartbeat>();
  readonly #clock: () => number;

  /** `clock` counts milliseconds and never goes back. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Takes in what the node shows now. */
  see(node: Node, lease: Lease | undefined): void {
    const sign = `${lease?.spec.renewTime ?? ''} ${readyCondition(node)?.lastHeartbeatTime ?? ''}`;
    const known = this.#known.get(node.metadata.name);
    if (known?.sign === sign) return;
    this.#known.set(node.metadata.name, { at: this.#clock(), sign });
  }

  /** How long the node has been silent, in milliseconds; 0 for one that has never been seen. */
  silence(name: string): number {
    const known = this.#known.get(name);
    return known === undefined ? 0 : this.#clock() - known.at;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}
