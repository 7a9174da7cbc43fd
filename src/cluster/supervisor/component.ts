/** A process that ought to run; the supervisor starts it and starts it again when it ends. */
export interface Component {
  /** E.g. `server` or `kube-worker-1.agent`; also the name of its log. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The network namespace it lives in; the host's when absent. */
  readonly namespace?: string;
  /** Where its output goes, appended. */
  readonly log: string;
  /** Milliseconds it is given to end after SIGTERM before it is killed. */
  readonly stopTimeoutMs: number;
}

/** The command line that puts the component into its namespace; `nsenter` replaces itself, so the process id stays. */
export function commandLine(component: Component): readonly string[] {
  return component.namespace === undefined
    ? component.argv
    : ['nsenter', `--net=${component.namespace}`, '--', ...component.argv];
}

/** How long to wait before the next start: at once after a long life, doubling from 100 ms to 10 s after short ones. */
export function restartDelay(shortLives: number): number {
  return shortLives === 0 ? 0 : Math.min(100 * 2 ** (shortLives - 1), 10_000);
}

/** A life shorter than this, in milliseconds, makes the next start wait. */
export const shortLifeMs = 5_000;
