import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { otherClusters } from '../../src/cluster/ports.ts';
import { exec } from '../../src/system/exec.ts';

/**
 * What a cluster could leave behind on the host, as text to compare: all of it, whoever made it, but for what belongs
 * to other clusters, which come and go meanwhile.
 */
export async function hostPicture(cluster: string): Promise<Readonly<Record<string, string>>> {
  const text = async (...argv: string[]): Promise<string> => (await exec(argv)).stdout;
  const others = otherClusters(cluster).map(({ name }) => name);
  const foreign = new RegExp(`\\bcox[-/](?!${cluster}\\b)[a-z]`);
  // The cgroup that all share goes with the last of them.
  const isForeign = (line: string): boolean => foreign.test(line) || (others.length > 0 && line.endsWith('/cox'));
  const own = (lines: string): string =>
    lines
      .split('\n')
      .filter((line) => !isForeign(line))
      .join('\n');
  return {
    links: own(withoutTimers(await text('ip', '-d', '-o', 'link'))),
    addresses: own((await text('ip', '-o', 'address')).replaceAll(/valid_lft.*/g, '')),
    routes: own(await text('ip', 'route', 'show', 'table', 'all')),
    rules: await text('ip', 'rule'),
    nftables: await nftables(isForeign),
    mounts: own(readFileSync('/proc/mounts', 'utf8')),
    namespaces: own(existsSync('/run/netns') ? readdirSync('/run/netns').join('\n') : 'none'),
    cgroups: own(cgroups().join('\n')),
    settings: await text(
      'sh',
      '-c',
      'grep -H . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/route_localnet',
    ),
    folders: own(
      (others.length === 0 ? ['/run/cox', '/var/lib/cox'] : [`/run/cox/${cluster}`, `/var/lib/cox/${cluster}`])
        .concat('/etc/cni', '/var/lib/cni', '/run/containerd', '/var/lib/containerd', '/var/log/pods', '/var/log/nginx')
        .map((folder) => `${folder} ${existsSync(folder) ? readdirSync(folder).join(' ') : 'absent'}`)
        .join('\n'),
    ),
    processes: processes(cluster).join('\n'),
  };
}

/** All tables but those that are foreign. */
async function nftables(isForeign: (name: string) => boolean): Promise<string> {
  const { stdout } = await exec(['nft', 'list', 'tables']);
  const tables = stdout.split('\n').filter((line) => line !== '' && !isForeign(line));
  const listed = await Promise.all(tables.map((table) => exec(['nft', 'list', ...table.split(' ')])));
  return listed.map((each) => each.stdout).join('');
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

/** The command lines of the programs that a cluster consists of, its containers' shims among them. */
function processes(cluster: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
      } catch {
        return [];
      }
    })
    .filter(
      (line) =>
        line.includes(`/cox/${cluster}/`) || (line.includes(`/cluster/main.ts `) && line.includes(` ${cluster} `)),
    )
    .toSorted();
}
