import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodSandboxConfigSchema } from '../cri/generated/cri_pb.ts';
import type { ResolverConfig } from '../environment/types.ts';
import { labels } from '../pods/names.ts';
import { sandboxSecurity } from './security-context.ts';

export type SandboxConfig = MessageInitShape<typeof PodSandboxConfigSchema>;

export interface SandboxInput {
  readonly pod: Pod;
  readonly attempt: number;
  /** Empty for a pod on the node's network, which keeps the node's name. */
  readonly hostname: string;
  readonly dns: ResolverConfig;
  readonly podLogDirectory: string;
  /** The cgroup that holds the node's pods. */
  readonly cgroupParent: string;
}

/** The folder of a pod's logs: one folder a container in it, one file a run. */
export function podLogDirectory(root: string, pod: Pick<Pod, 'metadata'>): string {
  const { namespace, name, uid } = pod.metadata;
  return join(root, `${namespace}_${name}_${uid}`);
}

/** The cgroup of one pod, above those of its containers. */
export function podCgroup(parent: string, uid: string): string {
  return join(parent, `pod${uid}`);
}

/** The labels by which a pod's sandboxes and containers are found again. */
export function podLabels(pod: Pick<Pod, 'metadata'>): Record<string, string> {
  return {
    [labels.podName]: pod.metadata.name,
    [labels.podNamespace]: pod.metadata.namespace,
    [labels.podUid]: pod.metadata.uid,
  };
}

/** The configuration of a pod's sandbox. Host ports are not its matter: the Service proxy opens them. */
export function sandboxConfig(input: SandboxInput): SandboxConfig {
  const { pod, dns } = input;
  const { name, namespace, uid, labels: own = {}, annotations = {} } = pod.metadata;
  const sysctls = (pod.spec.securityContext?.sysctls ?? []).map((item) => [item.name.replaceAll('/', '.'), item.value]);
  const hasDns = dns.servers.length + dns.searches.length + dns.options.length > 0;
  return {
    metadata: { name, namespace, uid, attempt: input.attempt },
    hostname: input.hostname,
    logDirectory: podLogDirectory(input.podLogDirectory, pod),
    ...(hasDns
      ? { dnsConfig: { servers: [...dns.servers], searches: [...dns.searches], options: [...dns.options] } }
      : {}),
    labels: { ...own, ...podLabels(pod) },
    annotations: { ...annotations },
    linux: {
      cgroupParent: podCgroup(input.cgroupParent, uid),
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries(sysctls) as Record<string, string>,
    },
  };
}
