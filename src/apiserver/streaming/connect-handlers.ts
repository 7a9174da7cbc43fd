import type { Logger } from '../../system/logger.ts';
import type { KubeletTls } from './kubelet-client.ts';
import { KubeletClient } from './kubelet-client.ts';
import { podLog } from './pod-log.ts';
import { proxyRequest, proxyUpgrade } from './proxied/proxy.ts';
import type { ConnectHandlers } from './types.ts';
import { streamUpgrade } from './upgrade.ts';

export interface ConnectHandlersOptions {
  /** What the API server shows to kubelets, and by what it knows them. */
  readonly kubeletTls: KubeletTls;
  readonly logger: Logger;
}

/** The subresources that carry streams, by way of the kubelets; nothing is connected before the first request. */
export function createConnectHandlers({ kubeletTls, logger }: ConnectHandlersOptions): ConnectHandlers {
  const kubelets = new KubeletClient(kubeletTls);
  return {
    podLog: (context) => podLog(kubelets, context),
    proxy: (context) => proxyRequest({ kubelets, logger }, context),
    upgrade: (context) =>
      context.target.subresource === 'proxy'
        ? proxyUpgrade({ kubelets, logger }, context)
        : streamUpgrade(kubelets, context),
  };
}
