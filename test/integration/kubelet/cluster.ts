import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Event } from '../../../src/api/core/event.schema.ts';
import type { Pod } from '../../../src/api/core/pod.schema.ts';
import type { Unsaved } from '../../../src/api/object.ts';
import { events, namespaces, pods, serviceAccounts } from '../../../src/api/resources.ts';
import { isStatus } from '../../../src/api/status-error.ts';
import { startTestServer } from '../../../src/apiserver/testing/start.ts';
import type { ApiClient } from '../../../src/client/api-client.ts';
import { createEventRecorder } from '../../../src/client/event-recorder.ts';
import { createInformerFactory } from '../../../src/client/informer-factory.ts';
import { canLowerOomScore } from '../../../src/kubelet/containerd/command.ts';
import type { Kubelet } from '../../../src/kubelet/kubelet.ts';
import { createKubelet } from '../../../src/kubelet/kubelet.ts';
import { exec } from '../../../src/system/exec.ts';
import { ContainerdMachine, toolImage } from './machine.ts';

export const nodeName = 'node-1';

/** A node with a real containerd and kubelet, and a real API server; pods are bound by the test. */
export class KubeletCluster {
  readonly client: ApiClient;
  readonly machine: ContainerdMachine;
  /** Warnings and errors that the kubelet logged. */
  readonly complaints: string[] = [];
  readonly #nodeClient: ApiClient;
  readonly #close: () => Promise<void>;
  #wroteStatus: (name: string) => void = () => undefined;
  #running: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #kubelet: Kubelet | undefined;

  private constructor(
    clients: { admin: ApiClient; node: ApiClient },
    machine: ContainerdMachine,
    close: () => Promise<void>,
  ) {
    this.client = clients.admin;
    this.#nodeClient = clients.node;
    this.machine = machine;
    this.#close = close;
  }

  static async start(): Promise<KubeletCluster> {
    const server = await startTestServer();
    const admin = server.client();
    const node = server.client({ name: `system:node:${nodeName}`, groups: ['system:nodes', 'system:authenticated'] });
    for (const name of ['default', 'kube-system', 'kube-node-lease']) {
      await admin
        .create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} })
        .catch(ignoreExisting);
    }
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
    await admin.create(serviceAccounts, account).catch(ignoreExisting);
    const machine = await ContainerdMachine.start();
    return new KubeletCluster({ admin, node }, machine, async () => server[Symbol.asyncDispose]());
  }

  get kubelet(): Kubelet {
    if (this.#kubelet === undefined) throw new Error('the kubelet has not been started');
    return this.#kubelet;
  }

  async startKubelet(): Promise<void> {
    const abort = new AbortController();
    const stream = { write: (line: string) => this.complaints.push(line) };
    const logger = pino({ level: process.env['COX_LOG_LEVEL'] ?? 'warn' }, stream);
    const ready = Promise.withResolvers<void>();
    const client = this.#observedClient();
    this.#kubelet = createKubelet({
      client,
      informers: createInformerFactory(client, { signal: abort.signal, logger }),
      recorder: createEventRecorder(client, { component: 'kubelet', host: nodeName, logger }),
      logger,
      nodeName,
      nodeAddress: '127.0.0.1',
      hostname: nodeName,
      runtimeSocket: this.machine.socket,
      rootDirectory: join(this.machine.directory, 'kubelet'),
      podLogDirectory: join(this.machine.directory, 'logs'),
      kubeletPort: 10250,
      clusterDns: ['10.233.0.3'],
      clusterDomain: 'cluster.local',
      kubernetesVersion: 'v1.36.0',
      cgroupParent: this.machine.cgroupParent,
      canLowerOomScore: canLowerOomScore(),
      onReady: () => ready.resolve(),
    });
    this.#running = { abort, done: this.#kubelet.run(abort.signal) };
    const tooLate = setTimeout(
      () => ready.reject(new Error(`the node is not ready: ${this.complaints.join('')}`)),
      10_000,
    );
    await ready.promise.finally(() => clearTimeout(tooLate));
  }

  /** Counts from now on: the names of the pods whose status the kubelet writes. */
  countWrites(): () => readonly string[] {
    const names: string[] = [];
    this.#wroteStatus = (name) => names.push(name);
    return () => names;
  }

  /** The node's client, which notes the statuses that are written. */
  #observedClient(): ApiClient {
    const client = this.#nodeClient;
    return new Proxy(client, {
      get: (target, property) => {
        if (property !== 'patch') {
          const value = Reflect.get(target, property) as unknown;
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        }
        const patch: ApiClient['patch'] = (resource, address, type, body, options) => {
          if (resource.plural === 'pods') this.#wroteStatus(address.name);
          return target.patch(resource, address, type, body, options);
        };
        return patch;
      },
    });
  }

  async stopKubelet(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.done;
    this.#running = undefined;
  }

  /** Creates a pod on the node; its containers run `toolImage` unless they say otherwise. */
  async create(name: string, spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): Promise<Pod> {
    const withImage = (list: unknown): unknown =>
      Array.isArray(list) ? list.map((item: object) => ({ image: toolImage, ...item })) : list;
    const { containers, initContainers, ...rest } = spec;
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', ...metadata },
      spec: {
        nodeName,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 2,
        ...rest,
        containers: withImage(containers),
        ...(initContainers === undefined ? {} : { initContainers: withImage(initContainers) }),
      },
    };
    return this.client.create(pods, body as unknown as Unsaved<Pod>);
  }

  get(name: string): Promise<Pod> {
    return this.client.get(pods, { namespace: 'default', name });
  }

  /** Waits until the pod is as `check` wants it. */
  async until(name: string, what: string, check: (pod: Pod) => boolean, milliseconds = 15_000): Promise<Pod> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const pod = await this.get(name);
      if (check(pod)) return pod;
      if (performance.now() > end)
        throw new Error(`${name} is not ${what}: ${JSON.stringify(pod.status)}\n${this.complaints.join('')}`);
      await sleep(20);
    }
  }

  running(name: string): Promise<Pod> {
    return this.until(name, 'ready', (pod) =>
      (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
  }

  async delete(name: string, options: { readonly gracePeriodSeconds?: number } = {}): Promise<void> {
    await this.client.delete(pods, { namespace: 'default', name }, options);
  }

  async gone(name: string, milliseconds = 15_000): Promise<void> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const found = await this.get(name).catch((error: unknown) => {
        if (isStatus(error, 'NotFound')) return undefined;
        throw error;
      });
      if (found === undefined) return;
      if (performance.now() > end) throw new Error(`${name} is still there: ${JSON.stringify(found.metadata)}`);
      await sleep(20);
    }
  }

  /** The events of a pod, oldest first, as `TYPE REASON MESSAGE`; uids are replaced by UID. */
  async events(pod: Pod): Promise<readonly string[]> {
    const { items } = await this.client.list(events, { namespace: 'default' });
    const { uid } = pod.metadata;
    return items
      .filter(({ involvedObject }) => involvedObject.uid === uid)
      .toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ type, reason, message }: Event) => `${type} ${reason} ${(message ?? '').replaceAll(uid, 'UID')}`);
  }

  /** Waits until each of these events was recorded: they follow a pod's status in their own time. */
  async recorded(pod: Pod, ...wanted: readonly string[]): Promise<void> {
    const end = performance.now() + 10_000;
    for (;;) {
      const found = await this.events(pod);
      const missing = wanted.filter((event) => !found.some((line) => line.startsWith(event)));
      if (missing.length === 0) return;
      if (performance.now() > end) throw new Error(`No event ${missing.join(', ')} in:\n${found.join('\n')}`);
      await sleep(20);
    }
  }

  /** Sets a condition of a pod that is not the kubelet's. */
  async setCondition(name: string, type: string): Promise<void> {
    const conditions = [{ type, status: 'True', lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z') }];
    const address = { namespace: 'default', name };
    await this.client.patch(pods, address, 'strategic', { status: { conditions } }, { subresource: 'status' });
  }

  /** Changes what a container may use, as `kubectl patch --subresource resize` does. */
  async resize(name: string, resources: Record<string, unknown>): Promise<void> {
    const body = { spec: { containers: [{ name: 'c', resources }] } };
    await this.client.patch(pods, { namespace: 'default', name }, 'strategic', body, { subresource: 'resize' });
  }

  /** Adds an ephemeral container, as `kubectl debug` does. */
  async debug(name: string, container: Record<string, unknown>): Promise<void> {
    const body = { spec: { ephemeralContainers: [container] } };
    const address = { namespace: 'default', name };
    await this.client.patch(pods, address, 'strategic', body, { subresource: 'ephemeralcontainers' });
  }

  /** Waits until neither runtime, disk nor cgroups have anything of a pod. */
  async nothingLeft({ metadata }: Pod): Promise<void> {
    const { uid } = metadata;
    const left = async (): Promise<readonly string[]> => {
      const { directory, cgroupParent } = this.machine;
      const [containers, logs, volumes] = await Promise.all([
        this.machine.ctr('container', 'ls', `labels."io.kubernetes.pod.uid"==${uid}`, '-q'),
        readdir(join(directory, 'logs')),
        readdir(join(directory, 'kubelet', 'pods')).catch(() => []),
      ]);
      const { stdout } = await exec(['find', '/sys/fs/cgroup', '-path', `*${cgroupParent}/pod${uid}`], {
        acceptExitCodes: [0, 1],
      });
      return [containers.trim(), ...[...logs, ...volumes].filter((file) => file.includes(uid)), stdout.trim()].filter(
        (item) => item !== '',
      );
    };
    let found = await left();
    for (let attempt = 0; attempt < 100 && found.length > 0; attempt += 1) {
      await sleep(50);
      found = await left();
    }
    if (found.length > 0) throw new Error(`left behind: ${found.join(', ')}`);
  }

  async close(): Promise<void> {
    await this.stopKubelet();
    await this.machine.close();
    await this.#close();
  }
}

function ignoreExisting(error: unknown): undefined {
  if (isStatus(error, 'AlreadyExists')) return undefined;
  throw error;
}
