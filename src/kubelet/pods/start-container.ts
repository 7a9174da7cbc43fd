import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectError } from '@connectrpc/connect';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import { secrets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { containerEnvironment } from '../environment/container-environment.ts';
import { expandAll } from '../environment/expand.ts';
import { fetchEnvironmentObjects } from '../environment/fetch-objects.ts';
import { EnvironmentError } from '../environment/types.ts';
import { runtimeErrorText } from '../cri/errors.ts';
import { ImageError } from '../image/image-error.ts';
import type { PresentImage } from '../image/image-manager.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import { containerConfig } from '../runtime/container-config.ts';
import type { SandboxConfig } from '../runtime/sandbox-config.ts';
import { podLogDirectory } from '../runtime/sandbox-config.ts';
import { rootComplaint } from '../runtime/security-context.ts';
import { HandlerError, runHandler } from '../probes/handlers.ts';
import { prepareHostsFile } from '../volumes/etc-hosts.ts';
import { prepareTerminationLog } from '../volumes/termination-log.ts';
import type { ContainerMount, PodVolumes } from '../volumes/types.ts';
import { VolumeError } from '../volumes/types.ts';
import type { PodContext } from './context.ts';
import { PodEvents } from './events.ts';
import { formatPod } from './names.ts';
import type { ContainerStart } from './plan.ts';
import { StartError } from './start-error.ts';
import { stopContainer } from './stop.ts';

export interface StartInput {
  readonly pod: Pod;
  readonly start: ContainerStart;
  readonly sandbox: { readonly id: string; readonly config: SandboxConfig; readonly ips: readonly string[] };
  readonly volumes: PodVolumes;
  /** The running container of that name, for a debug container that joins it. */
  readonly idOf: (container: string) => string | undefined;
  /** Aborted when the pod is to end. */
  readonly signal: AbortSignal;
}

/** Starts one container and resolves with its id when its postStart hook is done. Throws ImageError or StartError. */
export async function startContainer(context: PodContext, input: StartInput): Promise<string> {
  const { pod, start, sandbox, signal } = input;
  const { container } = start;
  const events = new PodEvents(context.events, pod);
  const fail = (code: StartError['code'], message: string, cause?: unknown): never => {
    events.warning('Failed', `Error: ${message}`, container.name);
    throw new StartError(code, message, { cause });
  };
  const image = await ensureImage(context, input, events);
  const config = await configOf(context, input, image).catch((error: unknown) => {
    if (error instanceof StartError) return fail(error.code, error.message, error.cause);
    throw error;
  });
  signal.throwIfAborted();
  await mkdir(join(podLogDirectory(context.node.podLogDirectory, pod), container.name), {
    recursive: true,
    mode: 0o755,
  });
  const created = await context.runtime
    .createContainer({ podSandboxId: sandbox.id, config, sandboxConfig: sandbox.config })
    .catch((error: unknown) => fail('CreateContainerError', description(error), error));
  const { containerId } = created;
  context.cache.adopt(containerId, pod.metadata.uid);
  events.normal('Created', 'Container created', container.name);
  await context.runtime
    .startContainer({ containerId })
    .catch((error: unknown) => fail('RunContainerError', description(error), error));
  events.normal('Started', 'Container started', container.name);
  await postStart(context, input, containerId, events);
  return containerId;
}

/** gRPC's own words without its code. */
function description(error: unknown): string {
  return error instanceof ConnectError ? error.rawMessage : runtimeErrorText(error);
}

async function ensureImage(context: PodContext, input: StartInput, events: PodEvents): Promise<PresentImage> {
  const { pod, start, sandbox, signal } = input;
  try {
    return await context.images.ensure({
      pod,
      container: start.container,
      sandbox: sandbox.config,
      secrets: () => pullSecrets(context, pod, events),
      signal,
    });
  } catch (error) {
    if (error instanceof ImageError) events.warning('Failed', `Error: ${error.code}`, start.container.name);
    throw error;
  }
}

/** The pod's imagePullSecrets; one that is missing is told about and does without. */
async function pullSecrets({ client }: PodContext, pod: Pod, events: PodEvents): Promise<readonly Secret[]> {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) =>
    name === undefined || name === '' ? [] : [name],
  );
  const missing: string[] = [];
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        return await client.get(secrets, { namespace: pod.metadata.namespace, name });
      } catch (error) {
        if (!isStatus(error, 'NotFound', 'Forbidden')) throw error;
        missing.push(name);
        return undefined;
      }
    }),
  );
  if (missing.length > 0) {
    events.warning(
      'FailedToRetrieveImagePullSecret',
      `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
    );
  }
  return found.filter((secret) => secret !== undefined);
}

async function configOf(context: PodContext, input: StartInput, image: PresentImage): Promise<ContainerConfig> {
  const { pod, start, volumes } = input;
  const { container } = start;
  const complaint = rootComplaint(pod, container, image.user, formatPod(pod));
  if (complaint !== undefined) throw new StartError('CreateContainerConfigError', complaint);
  const variables = await environmentOf(context, input);
  const mounts = await volumes.mountsOf(container, variables).catch((error: unknown): never => {
    if (!(error instanceof VolumeError)) throw error;
    throw new StartError('CreateContainerConfigError', error.message, { cause: error });
  });
  const termination = await prepareTerminationLog(context.node.rootDirectory, pod, container);
  const { targetContainerName } = container as { targetContainerName?: string };
  return containerConfig({
    pod,
    container,
    restartCount: start.restartCount,
    imageRef: image.ref,
    image: image.user,
    environment: variables,
    command: expandAll(container.command, variables),
    args: expandAll(container.args, variables),
    mounts: [...mounts, ...(await hostsMount(context, input)), ...(termination === undefined ? [] : [termination])],
    devices: volumes.devicesOf(container),
    volumeGroups: volumes.supplementalGroups,
    terminationLog: termination?.hostPath,
    targetId: targetContainerName === undefined ? undefined : input.idOf(targetContainerName),
    root: context.node.rootDirectory,
    node: context.node,
  });
}

async function environmentOf(context: PodContext, input: StartInput): Promise<ReadonlyMap<string, string>> {
  const { pod, start, sandbox } = input;
  try {
    const { variables } = containerEnvironment({
      pod,
      container: start.container,
      objects: await fetchEnvironmentObjects(context.client, pod, start.container),
      services: context.services.list(),
      facts: {
        podIPs: pod.spec.hostNetwork === true ? context.node.ips : sandbox.ips,
        hostIPs: context.node.ips,
        allocatable: context.node.allocatable(),
      },
    });
    return variables;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new StartError('CreateContainerConfigError', error.message, { cause: error });
  }
}

/** `/etc/hosts` is the kubelet's, unless the container brings its own. */
async function hostsMount(
  context: PodContext,
  { pod, start, sandbox }: StartInput,
): Promise<readonly ContainerMount[]> {
  if ((start.container.volumeMounts ?? []).some(({ mountPath }) => mountPath === '/etc/hosts')) return [];
  const { rootDirectory, clusterDomain } = context.node;
  return [await prepareHostsFile({ pod, rootDirectory, clusterDomain, addresses: sandbox.ips })];
}

async function postStart(
  context: PodContext,
  input: StartInput,
  containerId: string,
  events: PodEvents,
): Promise<void> {
  const { pod, start, sandbox, signal } = input;
  const { container } = start;
  const handler = container.lifecycle?.postStart;
  if (handler === undefined) return;
  const [address] = pod.spec.hostNetwork === true ? context.node.ips : sandbox.ips;
  try {
    await runHandler({ handler, pod, container, containerId, address, exec: context.exec, signal });
  } catch (error) {
    if (!(error instanceof HandlerError)) throw error;
    context.logger.info({ err: error, pod: formatPod(pod), container: container.name }, 'a postStart hook failed');
    events.warning('FailedPostStartHook', 'PostStartHook failed', container.name);
    await stopContainer(context, {
      pod,
      container: { id: containerId, name: container.name, state: 'running' },
      graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
      message: 'FailedPostStartHook',
      hurry: signal,
    });
    throw new StartError('PostStartHookError', 'PostStart handler failed', { cause: error });
  }
}
