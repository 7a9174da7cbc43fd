// The server's process: API server, controllers and scheduler. main.ts CLUSTER DATA_FOLDER
import { runProcess } from '../process.ts';
import { declareReady } from '../ready.ts';
import { componentNames } from '../components.ts';
import { startServer } from './server.ts';

await runProcess('server', async (context) => {
  await startServer(context, () => declareReady(context.paths, componentNames.server));
});
