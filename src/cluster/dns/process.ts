import { join } from 'node:path';
import { Registry } from 'prom-client';
import { dnsInformers } from '../../dns/informers.ts';
import { startDns } from '../../dns/start.ts';
import { clientWith } from '../access.ts';
import { clusterDomain, dnsAddress, podRange, serviceRange } from '../addresses.ts';
import { componentNames } from '../components.ts';
import { bridgeUrl } from '../network.ts';
import { pkiFiles } from '../pki/plan.ts';
import { runNodeProcess } from '../process.ts';
import { declareReady } from '../ready.ts';
import { serveMetrics } from './metrics-socket.ts';

/** A node's DNS server. */
export function run(argv: readonly string[]): Promise<void> {
  return runNodeProcess('dns', argv, async ({ config, paths, node, logger, signal }) => {
    const pki = pkiFiles(paths.pki);
    const { client } = clientWith({ server: bridgeUrl(config), pki, identity: pki.dns, userAgent: 'cox-dns' });
    const registry = new Registry();
    await serveMetrics(paths.node(node.name).dnsMetricsSocket, registry, logger, signal);
    await startDns(
      {
        registry,
        queryLog: process.env['COX_DNS_QUERY_LOG'] === '1',
        informers: dnsInformers(client, { logger }),
        address: dnsAddress,
        port: 53,
        clusterDomain,
        upstreams: config.isolated ? [] : 'host',
        nodeName: node.name,
        localRanges: [podRange, serviceRange],
        snapshotFile: join(paths.node(node.name).data, 'dns.json'),
        logger,
        onReady: () => void declareReady(paths, componentNames.dns(node.name)),
      },
      signal,
    );
  });
}
