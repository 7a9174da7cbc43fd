import { mkdir } from 'node:fs/promises';
import { nodes, pods, services } from '../api/resources.ts';
import { pause } from '../client/back-off.ts';
import { readFileIfExists } from '../system/files.ts';
import { createBackend, ExitNotices } from './backend.ts';
import { createPodCgroups } from './cgroups/pod-cgroups.ts';
import type { RuntimeClient } from './cri/connection.ts';
import { connectRuntime } from './cri/connection.ts';
import { parseResolverConfig } from './environment/dns.ts';
import { collectImages } from './image/image-garbage.ts';
import { ImageManager } from './image/image-manager.ts';
import { lookAtMachine } from './node/machine.ts';
import { keepNodeLease } from './node/node-lease.ts';
import { nodeCapacity } from './node/node-object.ts';
import type { NodeFacts } from './node/node-object.ts';
import { NodeReporter } from './node/node-reporter.ts';
import type { KubeletOptions } from './options.ts';
import type { PodContext } from './pods/context.ts';
import { PodManager } from './pods/pod-manager.ts';
import { StatusWriter } from './pods/status/writer.ts';
import { createProbeManager } from './probes/probe-manager.ts';
import type { ExecInContainer } from './probes/types.ts';
import { rotateLogs } from './runtime/log-rotation.ts';
import { PodCache } from './runtime/pod-cache.ts';
import { watchRuntime } from './runtime/watch.ts';
import type { KubeletServerBackend } from './server/backend.ts';
import { createStatsSummary } from './stats-summary.ts';
import { createVolumeManager } from './volumes/volume-manager.ts';

export type { KubeletOptions } from './options.ts';

/** A node's kubelet. */
export interface Kubelet {
  /** For the node's HTTPS server; usable before and while `run` runs. */
  readonly backend: KubeletServerBackend;
  /** Keeps the node's pods as the API wants them until `signal` is aborted; the pods run on after that. */
  run(signal: AbortSignal): Promise<void>;
}

/** How often pods look at what nothing tells of: ConfigMaps and Secrets that changed, tokens that run out. */
const resyncMs = 60_000;

/** How long steps under way may last when the kubelet ends. */
const lastStepMs = 1000;

/** Prepares a kubelet; nothing is asked of the API or the runtime before `run`. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { client, informers, logger, nodeName, recorder, rootDirectory } = options;
  const now = options.now ?? Date.now;
  const ended = new AbortController();
  const connection = connectRuntime(options.runtimeSocket);
  const { runtime } = connection;
  const cache = new PodCache(runtime);
  const statuses = new StatusWriter(client, { logger, signal: ended.signal });
  const podInformer = informers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  const nodeInformer = informers.informer(nodes);
  const serviceInformer = informers.informer(services);
  const exits = new ExitNotices();

  const run = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', () => ended.abort(signal.reason), { once: true });
    await mkdir(rootDirectory, { recursive: true, mode: 0o750 });
    await mkdir(options.podLogDirectory, { recursive: true, mode: 0o755 });
    const machine = await lookAtMachine(rootDirectory);
    const facts: NodeFacts = {
      name: nodeName,
      hostname: options.hostname,
      addresses: [options.nodeAddress],
      kubeletPort: options.kubeletPort,
      kubernetesVersion: options.kubernetesVersion,
      maxPods: options.maxPods ?? 110,
      machine,
    };
    const { allocatable } = nodeCapacity(facts);
    const exec = execIn(runtime);
    const probes = createProbeManager({ exec, events: recorder, logger, signal, now });
    const reporter = new NodeReporter({
      client,
      connection,
      facts,
      directory: rootDirectory,
      informer: nodeInformer,
      events: recorder,
      logger,
      now,
      onReady: () => options.onReady?.(),
    });
    const context: PodContext = {
      client,
      runtime,
      cache,
      exec,
      images: new ImageManager({ images: connection.images, events: recorder, logger, now }),
      volumes: createVolumeManager({ client, rootDirectory, allocatable: () => allocatable, now }),
      probes,
      statuses,
      cgroups: await createPodCgroups({ logger }),
      events: recorder,
      services: serviceInformer,
      neighbours: (uid) => manager.neighbours(uid),
      logger,
      now,
      node: {
        name: nodeName,
        ips: [options.nodeAddress],
        allocatable: () => allocatable,
        clusterDns: options.clusterDns,
        clusterDomain: options.clusterDomain,
        resolver: async () =>
          parseResolverConfig((await readFileIfExists(options.resolverConfig ?? '/etc/resolv.conf')) ?? ''),
        rootDirectory,
        podLogDirectory: options.podLogDirectory,
        cgroupParent: options.cgroupParent,
        memoryCapacity: machine.memory,
        canLowerOomScore: options.canLowerOomScore,
      },
    };
    const manager = new PodManager(context, podInformer);
    const firstLook = Promise.withResolvers<void>();
    let started = false;
    const running = [
      reporter.run(signal),
      keepNodeLease({ client, nodeName, node: () => reporter.node, logger, now }, signal),
      nodeInformer.start(signal),
      podInformer.start(signal),
      serviceInformer.start(signal),
      watchRuntime({
        connection,
        cache,
        changed: (uid) => {
          exits.notify();
          manager.wake(uid);
        },
        // Pods whose steps failed while the runtime was away need not wait for their next try.
        connected: () => manager.wakeAll(),
        relisted: () => {
          firstLook.resolve();
          if (started) manager.adoptOrphans();
        },
        logger,
        signal,
      }),
      rotateLogs({ runtime, cache, logger, now }, signal),
      collectImages(
        {
          images: connection.images,
          cache,
          directory: rootDirectory,
          logger,
          now,
          keep: options.keepImages ?? ['coxswain.dev/pause:'],
        },
        signal,
      ),
    ];
    const stopListening = probes.onChange((uid) => manager.wake(uid));
    const begin = async (): Promise<void> => {
      await Promise.all([podInformer.synced, serviceInformer.synced, firstLook.promise]);
      manager.start();
      started = true;
    };
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const timer = setInterval(() => {
      manager.wakeAll();
      if (started) void manager.sweep();
    }, resyncMs);
    try {
      // An informer that was cut off before its first list rejects; the abort says all there is to say then.
      begin().catch(
        (err: unknown) => signal.aborted || logger.error({ err }, 'cannot begin to follow the pods of the node'),
      );
      await aborted;
    } finally {
      clearInterval(timer);
      stopListening();
      // What is under way gets a moment to end; then the connection does, and the runtime finishes or undoes it by itself.
      const closed = manager.close();
      const enough = new AbortController();
      await Promise.race([closed, pause(lastStepMs, enough.signal)]);
      enough.abort();
      connection.close();
      await closed;
      await Promise.allSettled(running);
    }
  };

  const statsSummary = createStatsSummary({ runtime, nodeName, directory: rootDirectory, cache, statuses, now });
  return { backend: createBackend({ cache, runtime, statuses, statsSummary }, podInformer, exits), run };
}

function execIn(runtime: RuntimeClient): ExecInContainer {
  return async (containerId, command, timeoutSeconds) => {
    // The runtime keeps the time itself; this only catches one that does not answer at all.
    const timeoutMs = timeoutSeconds === 0 ? 0 : timeoutSeconds * 1000 + 10_000;
    const request = { containerId, cmd: [...command], timeout: BigInt(timeoutSeconds) };
    const answer = await runtime.execSync(request, { timeoutMs });
    return { exitCode: answer.exitCode, output: Buffer.concat([answer.stdout, answer.stderr]).toString('utf8') };
  };
}
