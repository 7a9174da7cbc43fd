import { createLogger } from '../system/logger.ts';
import type { Logger } from '../system/logger.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import { nodesOf, readConfig } from './config.ts';
import { bridgeUrl } from './network.ts';
import type { ClusterPaths } from './paths.ts';
import { clusterPaths } from './paths.ts';
import { waitForListener } from './reach-server.ts';

/** What every process of a cluster starts from. */
export interface ProcessContext {
  readonly config: ClusterConfig;
  readonly paths: ClusterPaths;
  readonly logger: Logger;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}

export interface NodeProcessContext extends ProcessContext {
  readonly node: NodeConfig;
}

/** How long a node's process waits for the server before it starts without, in milliseconds. */
const serverPatienceMs = 3000;

/** How long a process that was asked to end may take before it ends all the same, in milliseconds. */
const endMs = 4000;

/** Runs a component's process, whose arguments are `CLUSTER DATA_FOLDER`. What is thrown is logged once and ends the process. */
export async function runProcess(
  component: string,
  argv: readonly string[],
  run: (context: ProcessContext) => Promise<void>,
): Promise<void> {
  const logger = createLogger(component);
  const [name = '', data = ''] = argv;
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
    setTimeout(() => process.exit(0), endMs).unref();
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // A promise that nobody waits for must not take the others down with it; it is a defect all the same.
  process.on('unhandledRejection', (err) => {
    if (!stop.signal.aborted) logger.error({ err }, 'an error that nobody handled');
  });
  try {
    const paths = clusterPaths(name, data);
    const config = readConfig(paths.config);
    if (config === undefined) throw new Error(`there is no cluster in ${data}`);
    await run({ config, paths, logger, signal: stop.signal });
    process.exit(0);
  } catch (err) {
    logger.fatal({ err }, 'cannot go on');
    process.exit(1);
  }
}

/** As `runProcess`, for a process of one node: `CLUSTER DATA_FOLDER NODE`. */
export function runNodeProcess(
  component: string,
  argv: readonly string[],
  run: (context: NodeProcessContext) => Promise<void>,
): Promise<void> {
  return runProcess(component, argv, async (context) => {
    const name = argv[2];
    const node = nodesOf(context.config).find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`cluster ${context.config.name} has no node ${String(name)}`);
    await waitForListener(bridgeUrl(context.config), serverPatienceMs, context.signal);
    await run({ ...context, node });
  });
}
