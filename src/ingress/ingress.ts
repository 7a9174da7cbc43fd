import { IngressController } from './controller.ts';
import { createIngressMetrics } from './metrics.ts';
import { keepLogSmall } from './nginx/log-keeper.ts';
import { installLuaModules } from './nginx/lua-modules.ts';
import { findSettings } from './nginx/settings.ts';
import type { IngressOptions } from './options.ts';
import { defaultControllerName } from './plan/class.ts';

export type { ClusterObjects, EndpointPod, Explained } from './diagnosis/explain-objects.ts';
export { explainObjects } from './diagnosis/explain-objects.ts';
export { reviewIngress } from './diagnosis/review.ts';
export { nginxCommand, prepareNginx } from './nginx/command.ts';
export type { NginxOptions } from './nginx/settings.ts';
export type { IngressOptions } from './options.ts';
export { ingressObjects } from './plan/class.ts';

/**
 * Makes this node's nginx serve the Ingresses of its classes, until `signal` is aborted. `prepareNginx` must have run,
 * and somebody must keep `nginxCommand` running. nginx goes on serving as it was last told when this ends.
 */
export async function startIngress(options: IngressOptions, signal: AbortSignal): Promise<void> {
  const { controllerName = defaultControllerName, directory } = options;
  const [metrics, settings, luaPath] = await Promise.all([
    createIngressMetrics(options.registry),
    findSettings(options),
    installLuaModules(directory),
  ]);
  keepLogSmall(settings.requestLog, { logger: options.logger, signal });
  const lease = options.lease ?? { name: 'ingress-nginx-leader', namespace: 'kube-system' };
  const controller = new IngressController({ ...options, controllerName, lease, metrics, settings, luaPath });
  await controller.run(signal);
}
