// The server that bench/api.ts measures: started with a store's folder, says in one line where it is.
import { startListeningServer } from '../src/apiserver/testing/start.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { createLogger } from '../src/system/logger.ts';

process.env['COX_LOG_LEVEL'] ??= 'warn';
const loaded = performance.now();
const store = await openSqliteStore({ directory: String(process.argv[2]), logger: createLogger('store') });
const opened = performance.now();
const server = await startListeningServer({ store });
const ready = performance.now();
const { kubeconfig } = server;
process.stdout.write(`${JSON.stringify({ kubeconfig, loadMs: loaded, openMs: opened - loaded, readyMs: ready })}\n`);
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)));
