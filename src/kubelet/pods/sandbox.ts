import { mkdir } from 'node:fs/promises';
import type { Pod } from '../../api/core/pod.schema.ts';
import { runtimeClasses } from '../../api/resources.ts';
import { runtimeErrorText } from '../cri/errors.ts';
import { podDns } from '../environment/dns.ts';
import { podHostname } from '../environment/hostname.ts';
import { podCgroupResources } from '../runtime/resources.ts';
import type { SandboxConfig } from '../runtime/sandbox-config.ts';
import { podCgroup, podLogDirectory, sandboxConfig } from '../runtime/sandbox-config.ts';
import type { PodContext } from './context.ts';
import { PodEvents } from './events.ts';

/** A pod's sandbox could not be made; all its containers wait. */
export class SandboxError extends Error {
  readonly code = 'CreatePodSandboxError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SandboxError';
  }
}

/** The sandbox's configuration, which containers that join it need too. */
export async function configOfSandbox(context: PodContext, pod: Pod, attempt: number): Promise<SandboxConfig> {
  const { clusterDns, clusterDomain, podLogDirectory: logs, cgroupParent } = context.node;
  const { config, warnings } = podDns(pod, { clusterDns, clusterDomain, host: await context.node.resolver() });
  const events = new PodEvents(context.events, pod);
  for (const { reason, message } of warnings) events.warning(reason, message);
  const { sandboxHostname } = podHostname(pod, clusterDomain);
  return sandboxConfig({ pod, attempt, hostname: sandboxHostname, dns: config, podLogDirectory: logs, cgroupParent });
}

/** The runtime's name for what the pod's RuntimeClass asks for; empty for its usual one. */
async function handlerOf({ client }: PodContext, { spec }: Pod): Promise<string> {
  if (spec.hostUsers === false) throw new Error('user namespaces are not supported by the container runtime');
  if (spec.runtimeClassName === undefined || spec.runtimeClassName === '') return '';
  return (await client.get(runtimeClasses, { name: spec.runtimeClassName })).handler;
}

/** Makes a new sandbox for a pod, after `stale` ones are stopped; its id. Throws SandboxError. */
export async function createSandbox(
  context: PodContext,
  pod: Pod,
  options: { readonly config: SandboxConfig; readonly attempt: number; readonly stale: readonly string[] },
): Promise<string> {
  const events = new PodEvents(context.events, pod);
  if (options.attempt > 0) events.normal('SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  try {
    for (const podSandboxId of options.stale) await context.runtime.stopPodSandbox({ podSandboxId });
    await mkdir(podLogDirectory(context.node.podLogDirectory, pod), { recursive: true, mode: 0o755 });
    await context.cgroups.ensure(podCgroup(context.node.cgroupParent, pod.metadata.uid), podCgroupResources(pod));
    const runtimeHandler = await handlerOf(context, pod);
    const { podSandboxId } = await context.runtime.runPodSandbox({ config: options.config, runtimeHandler });
    context.cache.adopt(podSandboxId, pod.metadata.uid);
    return podSandboxId;
  } catch (error) {
    const message = `Failed to create pod sandbox: ${runtimeErrorText(error)}`;
    events.warning('FailedCreatePodSandBox', message);
    throw new SandboxError(message, { cause: error });
  }
}
