import { componentNames } from '../components.ts';
import { runProcess } from '../process.ts';
import { declareReady } from '../ready.ts';
import { startServer } from './server.ts';

/** The server's process: API server, controllers and scheduler. */
export function run(argv: readonly string[]): Promise<void> {
  return runProcess('server', argv, (context) =>
    startServer(context, () => declareReady(context.paths, componentNames.server)),
  );
}
