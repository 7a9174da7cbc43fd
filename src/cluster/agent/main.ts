// A node's agent: main.ts CLUSTER DATA_FOLDER NODE
import { componentNames } from '../components.ts';
import { runNodeProcess } from '../process.ts';
import { declareReady } from '../ready.ts';
import { startAgent } from './agent.ts';

await runNodeProcess('agent', async (context) => {
  const { paths, node } = context;
  await startAgent(context, {
    onNodeReady: () => void declareReady(paths, componentNames.agent(node.name)),
    onIngressReady: () => void declareReady(paths, `${node.name}.ingress`),
  });
});
