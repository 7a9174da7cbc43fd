import { text } from 'node:stream/consumers';
import type { NodeScraper } from '../resource-metrics/source.ts';
import { kubeletAddressOf } from './kubelet-address.ts';
import type { KubeletTls } from './kubelet-client.ts';
import { KubeletClient } from './kubelet-client.ts';

/** Reads `/metrics/resource` of kubelets. */
export function createNodeScraper(kubeletTls: KubeletTls): NodeScraper {
  const kubelets = new KubeletClient(kubeletTls);
  return async (node, signal) => {
    const response = await kubelets.request(kubeletAddressOf(node), {
      method: 'GET',
      path: '/metrics/resource',
      signal,
    });
    const body = await text(response);
    if (response.statusCode !== 200) throw new Error(`the kubelet answered with ${response.statusCode}: ${body}`);
    return body;
  };
}
