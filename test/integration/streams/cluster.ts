import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Pod } from '../../../src/api/core/pod.schema.ts';
import { namespaces, nodes, pods, serviceAccounts } from '../../../src/api/resources.ts';
import { createConnectHandlers } from '../../../src/apiserver/streaming/connect-handlers.ts';
import type { ConnectHandlers } from '../../../src/apiserver/streaming/types.ts';
import type { ListeningServer } from '../../../src/apiserver/testing/start.ts';
import { startListeningServer } from '../../../src/apiserver/testing/start.ts';
import type { ApiClient } from '../../../src/client/api-client.ts';
import type { KubeletServerBackend, SandboxNetwork, StreamRequest } from '../../../src/kubelet/server/backend.ts';
import { startKubeletServer } from '../../../src/kubelet/server/server.ts';
import { ProcessRuntime } from './process-runtime.ts';

/** An address of this machine that is none of loopback's, which pods may not have; traffic to it stays here. */
export const podAddress =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';

const logger = pino({ level: process.env['COX_LOG_LEVEL'] ?? 'silent' }, pino.destination(2));

/** A real API server and a real kubelet server, over a runtime that runs commands on this machine. */
export class StreamCluster implements AsyncDisposable {
  readonly runtime = new ProcessRuntime();
  readonly #pods = new Map<string, Pod>();
  readonly #stop = new AbortController();
  readonly #exits = new Map<string, PromiseWithResolvers<void>>();
  #server!: ListeningServer;
  #kubelet: Promise<void> = Promise.resolve();
  #folder = '';
  kubeletPort = 0;
  client!: ApiClient;
  /** What an attach is connected with. */
  attachCommand: readonly string[] = ['cat'];
  network: SandboxNetwork | undefined = { namespacePath: undefined, address: '127.0.0.1' };

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'cox-streams-'));
    await this.runtime.start();
    // The handlers need the certificates, which come into being with the server.
    const made = Promise.withResolvers<ConnectHandlers>();
    const connect: ConnectHandlers = {
      podLog: async (context) => (await made.promise).podLog(context),
      proxy: async (context) => (await made.promise).proxy(context),
      upgrade: async (context) => (await made.promise).upgrade(context),
    };
    this.#server = await startListeningServer({ connect, logger });
    this.client = this.#server.client();
    const { pki } = this.#server;
    const ca = await readFile(pki.authority.certificateFile);
    const pair = async (files: { certificateFile: string; keyFile: string }) => ({
      cert: await readFile(files.certificateFile),
      key: await readFile(files.keyFile),
    });
    made.resolve(createConnectHandlers({ kubeletTls: { ...(await pair(pki.apiServerKubeletClient)), ca }, logger }));
    const serving = pki.nodes['node-1']?.serving;
    if (serving === undefined) throw new Error('no certificate for the node');
    const tls = { ...(await pair(serving)), clientCa: ca };
    const listening = Promise.withResolvers<number>();
    this.#kubelet = startKubeletServer(
      { backend: this.#backend(), address: '127.0.0.1', port: 0, tls, logger, onListening: listening.resolve },
      this.#stop.signal,
    );
    this.kubeletPort = await listening.promise;
    await this.#addNode();
    await this.client
      .create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' }, spec: {}, status: {} })
      .catch(() => undefined);
    await this.client.create(serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    });
  }

  get apiPort(): number {
    return this.#server.listener.port;
  }

  get adminFiles(): { certificateFile: string; keyFile: string; authority: string } {
    const { admin, authority } = this.#server.pki;
    return { ...admin, authority: authority.certificateFile };
  }

  async #addNode(): Promise<void> {
    const node = await this.client.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1' },
      spec: {},
      status: {},
    });
    await this.client.updateStatus(nodes, {
      ...node,
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: this.kubeletPort } },
      },
    });
  }

  /** Adds a pod whose containers run, as both servers see it. */
  async addPod(
    name: string,
    containers: readonly string[],
    options: { hostPort?: number; log?: string; status?: object } = {},
  ): Promise<Pod> {
    const created = await this.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: name } },
      spec: {
        nodeName: 'node-1',
        containers: containers.map((container) => ({
          name: container,
          image: 'none',
          ...(options.hostPort === undefined ? {} : { ports: [{ containerPort: options.hostPort }] }),
        })),
      },
      status: {},
    } as never);
    if (options.log !== undefined) await writeFile(this.logFile(name), options.log);
    const pod = await this.client.updateStatus(pods, {
      ...created,
      status: {
        phase: 'Running',
        podIP: podAddress,
        podIPs: [{ ip: podAddress }],
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: containers.map((container) => ({
          name: container,
          ready: true,
          restartCount: 0,
          image: 'none',
          imageID: 'none',
          containerID: `containerd://${name}`,
          state: { running: { startedAt: '2026-01-02T03:04:05Z' } },
          ...options.status,
        })),
      },
    } as never);
    this.#pods.set(`default/${name}`, pod);
    this.#exits.set(name, Promise.withResolvers());
    return pod;
  }

  logFile(pod: string): string {
    return join(this.#folder, `${pod}.log`);
  }

  end(pod: string): void {
    this.#exits.get(pod)?.resolve();
  }

  #backend(): KubeletServerBackend {
    const streamsOf = ({ stdin, stdout, stderr, tty }: StreamRequest): string[] =>
      Object.entries({ stdin, stdout, stderr: stderr && !tty, resize: tty }).flatMap(([name, wanted]) =>
        wanted ? [name] : [],
      );
    return {
      pods: () => [...this.#pods.values()],
      pod: (namespace, name) => this.#pods.get(`${namespace}/${name}`),
      container: (id) => Promise.resolve({ id, state: 'running', logPath: this.logFile(id) }),
      waitForExit: (id, signal) =>
        Promise.race([
          this.#exits.get(id)?.promise ?? Promise.resolve(),
          new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
        ]),
      execUrl: (request) =>
        Promise.resolve(this.runtime.url({ command: request.command, streams: streamsOf(request) })),
      attachUrl: (request) =>
        Promise.resolve(this.runtime.url({ command: this.attachCommand, streams: streamsOf(request) })),
      sandboxNetwork: () => Promise.resolve(this.network),
    };
  }

  /** The argv and environment that run kubectl against this cluster. */
  kubectl(binary: string, args: readonly string[]): { argv: readonly string[]; env: NodeJS.ProcessEnv } {
    return {
      argv: [binary, ...args],
      env: { PATH: process.env['PATH'], HOME: this.#folder, KUBECONFIG: this.#server.kubeconfig },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#kubelet;
    await this.runtime[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }
}

/** A command that goes on; ended when disposed of. */
export class Running implements AsyncDisposable {
  output = '';
  readonly child;

  constructor({ argv, env }: { argv: readonly string[]; env: NodeJS.ProcessEnv }) {
    const [file = '', ...args] = argv;
    this.child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /** Resolves when the output matches; rejects when it has not within five seconds. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + 5000;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (Date.now() > end) throw new Error(`no ${String(pattern)} in: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill();
      await once(this.child, 'close');
    }
  }
}
