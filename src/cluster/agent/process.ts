import { componentNames } from '../components.ts';
import { runNodeProcess } from '../process.ts';
import { declareReady } from '../ready.ts';
import { startAgent } from './agent.ts';

/** A node's agent: kubelet, node network, Service proxy and Ingress controller. */
export function run(argv: readonly string[]): Promise<void> {
  return runNodeProcess('agent', argv, (context) => {
    const { paths, node } = context;
    return startAgent(context, {
      onNodeReady: () => void declareReady(paths, componentNames.agent(node.name)),
      onIngressReady: () => void declareReady(paths, `${node.name}.ingress`),
    });
  });
}
