import type { Logger } from '../../system/logger.ts';
import type { KubeletTls } from './kubelet-client.ts';
import { KubeletClient } from './kubelet-client.ts';
import { logUpgrade } from './log-socket.ts';
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
    upgrade: (context) => {
      const { subresource } = context.target;
      if (subresource === 'proxy') return proxyUpgrade({ kubelets, logger }, context);
      return subresource === 'log' ? logUpgrade(kubelets, context) : streamUpgrade(kubelets, context);
    },
  };
}
