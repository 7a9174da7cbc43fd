// The server that bench/api.ts measures: started with the folders of its store and of its keys, says in one line where
// it is.
import { readFileSync } from 'node:fs';
import { startListeningServer } from '../src/apiserver/testing/start.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { keepHeapSmall } from '../src/system/heap.ts';
import { createLogger } from '../src/system/logger.ts';

process.env['COX_LOG_LEVEL'] ??= 'warn';
const [, , directory = '', keys = ''] = process.argv;
const modulesMs = performance.now();
const store = await openSqliteStore({ directory, logger: createLogger('store') });
const storeMs = performance.now() - modulesMs;
const server = await startListeningServer({ store, directory: keys });
const { authority, admin } = server.pki;
const read = (file: string): string => readFileSync(file, 'base64');
const line = {
  port: server.listener.port,
  ca: read(authority.certificateFile),
  cert: read(admin.certificateFile),
  key: read(admin.keyFile),
  files: [authority.certificateFile, server.pki.apiServer.certificateFile, server.pki.apiServer.keyFile],
  modulesMs,
  storeMs,
};
keepHeapSmall();
process.stdout.write(`${JSON.stringify(line)}\n`);
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)));
