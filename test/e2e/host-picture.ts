import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/system/exec.ts';

/** What a cluster could leave behind on the host, as text to compare: all of it, whoever made it. */
export async function hostPicture(): Promise<Readonly<Record<string, string>>> {
  const text = async (...argv: string[]): Promise<string> => (await exec(argv)).stdout;
  return {
    links: withoutTimers(await text('ip', '-d', 'link')),
    addresses: (await text('ip', 'address')).replaceAll(/^ +valid_lft.*\n/gm, ''),
    routes: await text('ip', 'route', 'show', 'table', 'all'),
    rules: await text('ip', 'rule'),
    nftables: await text('nft', 'list', 'ruleset'),
    mounts: readFileSync('/proc/mounts', 'utf8'),
    namespaces: existsSync('/run/netns') ? readdirSync('/run/netns').join('\n') : 'none',
    cgroups: cgroups().join('\n'),
    settings: await text(
      'sh',
      '-c',
      'grep -H . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/route_localnet',
    ),
    folders: [
      '/run/cox',
      '/var/lib/cox',
      '/etc/cni',
      '/var/lib/cni',
      '/run/containerd',
      '/var/lib/containerd',
      '/var/log/pods',
      '/var/log/nginx',
    ]
      .map((folder) => `${folder} ${existsSync(folder) ? readdirSync(folder).join(' ') : 'absent'}`)
      .join('\n'),
    processes: processes().join('\n'),
  };
}

function withoutTimers(text: string): string {
  return text.replaceAll(/\b\w+_timer +[0-9.]+/g, '');
}

/** Every cgroup below the mounts, by path. */
function cgroups(): readonly string[] {
  const below = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [join(folder, name), ...below(join(folder, name))]);
  return below('/sys/fs/cgroup').toSorted();
}

/** The command lines of programs that a cluster consists of. */
function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
      } catch {
        return [];
      }
    })
    .filter((line) => /containerd|runc|nginx|docker-registry|\/pause|src\/cluster|redis-server|hello-flask/.test(line))
    .toSorted();
}
