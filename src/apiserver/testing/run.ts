import { startListeningServer } from './start.ts';

// A server to try clients against by hand: `node src/apiserver/testing/run.ts`, ended by SIGINT or SIGTERM.
const server = await startListeningServer({ advertise: { address: '192.0.2.1', port: 6443 } });
process.stdout.write(`${server.kubeconfig}\n`);
const stop = (): void => void server[Symbol.asyncDispose]().then(() => process.exit(0));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
