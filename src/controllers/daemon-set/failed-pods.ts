const firstMs = 1000;
const longestMs = 15 * 60_000;

interface Failure {
  delayMs: number;
  notBefore: number;
}

/**
 * Holds back the successors of failed pods on a node, longer each time: a kubelet that refuses them would else be sent
 * one after the other. Each node starts anew when it has been well for twice its delay.
 */
export class FailedPods {
  readonly #failures = new Map<string, Failure>();

  /** In how many ms the failed pod on the node may be replaced; 0 for now, which is then taken as done. */
  waitMs(daemonSet: string, node: string, now: number): number {
    const key = `${daemonSet} ${node}`;
    const known = this.#failures.get(key);
    if (known !== undefined && known.notBefore > now) return known.notBefore - now;
    const recent = known !== undefined && now - known.notBefore < 2 * known.delayMs;
    const delayMs = recent ? Math.min(2 * known.delayMs, longestMs) : firstMs;
    this.#failures.set(key, { delayMs, notBefore: now + delayMs });
    return 0;
  }

  /** Drops what is known of a DaemonSet that is gone. */
  forget(daemonSet: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${daemonSet} `)) this.#failures.delete(key);
  }
}
