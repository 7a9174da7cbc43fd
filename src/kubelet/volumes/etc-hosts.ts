import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../api/core/pod.schema.ts';
import { ensureDirectory, readFileIfExists } from '../../system/files.ts';
import { podHostname } from '../environment/hostname.ts';
import { hostNetworkHostsFile, hostsFile } from '../environment/hosts-file.ts';
import { podDirectory } from './paths.ts';
import type { ContainerMount } from './types.ts';

const containerPath = '/etc/hosts';

/**
 * Writes the pod's `/etc/hosts` and gives the mount that shows it; every container takes it that mounts nothing at
 * `/etc/hosts` itself. The file is written in place, so that running containers see the change.
 */
export async function prepareHostsFile(options: {
  readonly pod: Pod;
  readonly rootDirectory: string;
  readonly clusterDomain: string;
  /** The pod's addresses; not used on the node's network. */
  readonly addresses: readonly string[];
}): Promise<ContainerMount> {
  const { pod, rootDirectory, clusterDomain, addresses } = options;
  const directory = podDirectory(rootDirectory, pod.metadata.uid);
  await ensureDirectory(directory, 0o750);
  const path = join(directory, 'etc-hosts');
  const aliases = pod.spec.hostAliases;
  const { hostname, domain } = podHostname(pod, clusterDomain);
  const text =
    pod.spec.hostNetwork === true
      ? hostNetworkHostsFile(await readFile('/etc/hosts', 'utf8'), aliases)
      : hostsFile({ addresses, hostname, domain, aliases });
  // A new file would be one that containers do not have mounted.
  if ((await readFileIfExists(path)) !== text) await writeFile(path, text, { mode: 0o644 });
  return {
    hostPath: path,
    containerPath,
    readOnly: false,
    recursiveReadOnly: false,
    propagation: 'private',
    selinuxRelabel: true,
  };
}
