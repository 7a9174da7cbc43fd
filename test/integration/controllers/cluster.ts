import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Pod } from '../../../src/api/core/pod.schema.ts';
import { kinds } from '../../../src/api/kinds.ts';
import type { KubeObject, Unsaved } from '../../../src/api/object.ts';
import type { Resource } from '../../../src/api/resources.ts';
import { nodes, pods } from '../../../src/api/resources.ts';
import { isStatus } from '../../../src/api/status-error.ts';
import { createAuth } from '../../../src/apiserver/auth/auth.ts';
import { createApiServer } from '../../../src/apiserver/server.ts';
import type { ApiClient } from '../../../src/client/api-client.ts';
import { createApiClient } from '../../../src/client/rest-client.ts';
import { bootstrapStorageClass } from '../../../src/controllers/persistent-volume-provisioner/storage-class.ts';
import type { ControllersOptions } from '../../../src/controllers/start.ts';
import { startControllers } from '../../../src/controllers/start.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';

/** A real API server and all controllers, each with the rights of its own account; nodes and kubelets are played. */
export interface ControlPlane {
  readonly client: ApiClient;
  /** Speaks as another. */
  readonly clientOf: (name: string, ...groups: string[]) => ApiClient;
  /** Warnings and errors that were logged. */
  readonly complaints: readonly string[];
  /** Places every pod without a node on `node`, and reports all of that node's pods ready. */
  readonly playKubelet: (node: string) => Promise<void>;
}

/** Runs a control plane in this process for the time of `use`. */
export async function withControlPlane(
  use: (plane: ControlPlane) => Promise<void>,
  options: Partial<ControllersOptions> = {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cox-controllers-'));
  const complaints: string[] = [];
  const logger = pino({ level: process.env['COX_LOG_LEVEL'] ?? 'warn' }, { write: (line) => complaints.push(line) });
  const stop = new AbortController();
  const store = await openSqliteStore({ directory: join(directory, 'store'), logger });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serviceAccountKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const auth = await createAuth({ store, logger, serviceAccountKey });
  const server = await createApiServer({
    ...auth,
    store,
    kinds,
    logger,
    bootstrapObjects: [...auth.bootstrapObjects, bootstrapStorageClass()],
  });
  const clientOf = (name: string, ...groups: string[]): ApiClient =>
    createApiClient(server.transport({ name, groups: [...groups, 'system:authenticated'] }));
  const client = clientOf('admin', 'system:masters');
  const running = startControllers(
    {
      client: clientOf('system:kube-controller-manager'),
      clientFor: (account) =>
        clientOf(
          `system:serviceaccount:kube-system:${account}`,
          'system:serviceaccounts',
          'system:serviceaccounts:kube-system',
        ),
      logger,
      rootCa: 'PEM',
      volumesDirectory: join(directory, 'volumes'),
      ...options,
    },
    stop.signal,
  );
  try {
    await use({ client, clientOf, complaints, playKubelet: (node) => playKubelet(client, node) });
  } finally {
    stop.abort();
    await running;
    await server.close();
    auth.stop();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

let address = 1;

async function playKubelet(client: ApiClient, node: string): Promise<void> {
  const { items } = await client.list(pods);
  for (const pod of items) {
    try {
      await playPod(client, pod, node);
    } catch (error) {
      // It has gone or changed since it was listed; the next round sees it.
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
  }
}

async function playPod(client: ApiClient, pod: Pod, node: string): Promise<void> {
  const { name, namespace } = pod.metadata;
  if ((pod.spec.nodeName ?? '') === '') await bind(client, pod, node);
  else if (pod.spec.nodeName !== node) return;
  if (pod.metadata.deletionTimestamp !== undefined) {
    await client.delete(pods, { name, namespace }, { gracePeriodSeconds: 0 });
  } else if (pod.status.phase === 'Pending') {
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const ip = `10.233.64.${(address += 1)}`;
    const status = {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
    };
    await client.patch(pods, { name, namespace }, 'strategic', { status }, { subresource: 'status' });
  }
}

async function bind(client: ApiClient, { metadata }: Pod, node: string): Promise<void> {
  const { name, namespace } = metadata;
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target };
  await client.post(pods, { name, namespace }, 'binding', body);
}

/** Registers a node whose kubelet has just said that it is ready. */
export async function register(client: ApiClient, name: string): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  await create(client, nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: { conditions, addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
  });
}

/** Creates an object as somebody writes it, with whatever is left out. */
export function create<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  object: Record<string, unknown>,
): Promise<T> {
  return client.create(resource, object as unknown as Unsaved<T>);
}

/** The object, or undefined where the server answers with an error. */
export async function find<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  name: string,
  namespace = 'default',
): Promise<T | undefined> {
  try {
    return await client.get(resource, { name, namespace: resource.namespaced ? namespace : undefined });
  } catch {
    return undefined;
  }
}
