// oxlint-disable no-restricted-imports -- a test server stands on a real client and real certificates
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from '../../client/api-client.ts';
import { kinds } from '../../api/kinds.ts';
import { createApiClient } from '../../client/rest-client.ts';
import { kubeconfigText } from '../../cluster/kubeconfig.ts';
import { ensurePki } from '../../cluster/pki/pki.ts';
import type { Pki } from '../../cluster/pki/pki.ts';
import { createMemoryStore } from '../../store/testing/memory-store.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../../system/logger.ts';
import { createLogger } from '../../system/logger.ts';
import { createAuth } from '../auth/auth.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiServerOptions } from '../options.ts';
import type { ApiServer, Listener } from '../server.ts';
import { createApiServer } from '../server.ts';

export const testAdmin: UserInfo = { name: 'test-admin', groups: ['system:masters', 'system:authenticated'] };

export interface TestServerOptions extends Partial<ApiServerOptions> {
  readonly store?: Store;
  readonly logger?: Logger;
}

export interface ListeningServerOptions extends TestServerOptions {
  /** Where certificates are kept, or found; without it they are made anew and removed in the end. */
  readonly directory?: string;
}

export interface TestServer extends AsyncDisposable {
  readonly server: ApiServer;
  readonly store: Store;
  /** Speaks as `user`, by default one who may do everything. */
  client(user?: UserInfo): ApiClient;
}

const signingKeyFile = 'service-account.key';

async function signingKey(directory: string): Promise<string> {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await writeFile(join(directory, signingKeyFile), text, { mode: 0o600 });
  return text;
}

function quietLogger(): Logger {
  process.env['COX_LOG_LEVEL'] ??= 'warn';
  return createLogger('apiserver');
}

interface Built {
  readonly server: ApiServer;
  readonly store: Store;
  readonly stop: () => Promise<void>;
}

async function build(options: TestServerOptions, serviceAccountKey: string): Promise<Built> {
  const store = options.store ?? createMemoryStore();
  const logger = options.logger ?? quietLogger();
  const auth = await createAuth({ store, logger, serviceAccountKey });
  const server = await createApiServer({ kinds, ...auth, ...options, store, logger });
  return {
    server,
    store,
    async stop() {
      await server.close();
      auth.stop();
      await store.close();
    },
  };
}

/** An API server in this process, without a network. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'cox-apiserver-'));
  const { server, store, stop } = await build(options, await signingKey(directory));
  await rm(directory, { recursive: true });
  return {
    server,
    store,
    client: (user = testAdmin) => createApiClient(server.transport(user), { userAgent: 'test/1' }),
    [Symbol.asyncDispose]: stop,
  };
}

export interface ListeningServer extends TestServer {
  readonly listener: Listener;
  readonly pki: Pki;
  /** Of the cluster's administrator, for kubectl. */
  readonly kubeconfig: string;
}

/** An API server that listens on 127.0.0.1, with certificates of its own. */
export async function startListeningServer(options: ListeningServerOptions = {}): Promise<ListeningServer> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'cox-apiserver-')));
  const none = { ips: [], dnsNames: [] };
  const pki = await ensurePki({
    directory,
    nodes: [{ name: 'node-1', ip: '127.0.0.1' }],
    apiServer: none,
    registry: none,
  });
  const read = (file: string): Promise<string> => readFile(file, 'utf8');
  const { server, store, stop } = await build(options, await read(pki.serviceAccountKeyFile));
  const ca = await read(pki.authority.certificateFile);
  const listener = await server.listen({
    host: '127.0.0.1',
    port: 0,
    tls: { ca, cert: await read(pki.apiServer.certificateFile), key: await read(pki.apiServer.keyFile) },
  });
  const kubeconfig = join(directory, 'kubeconfig');
  const [cert, key] = [await read(pki.admin.certificateFile), await read(pki.admin.keyFile)];
  const access = { name: 'test', server: `https://127.0.0.1:${listener.port}`, ca, cert, key };
  await writeFile(kubeconfig, kubeconfigText(access), { mode: 0o600 });
  return {
    server,
    store,
    listener,
    pki,
    kubeconfig,
    client: (user = testAdmin) => createApiClient(server.transport(user), { userAgent: 'test/1' }),
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.directory === undefined) await rm(directory, { recursive: true });
    },
  };
}
