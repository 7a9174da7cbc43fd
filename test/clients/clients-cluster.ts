import { before } from 'node:test';
import { TestCluster } from '../e2e/cluster.ts';

const flags = '--api-port 28443 --http-port 0 --https-port 0 --node-port-range 29200-29299';

/**
 * The cluster that the files of this suite share: started where it is not up, left up for the next file. `test/run`
 * deletes it at the end; by hand, `cox delete --name clients` does.
 */
export function useClientsCluster(): TestCluster {
  const cluster = new TestCluster('clients', flags.split(' '));
  before(
    async () => {
      await cluster.up();
      await cluster.loadImages();
    },
    { timeout: 300_000 },
  );
  return cluster;
}
