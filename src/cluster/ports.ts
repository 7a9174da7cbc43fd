import { readdirSync, readFileSync } from 'node:fs';
import type { ClusterConfig } from './config.ts';
import { findCluster } from './find.ts';
import { dataRoot, runRoot } from './paths.ts';
import { UserError } from './user-error.ts';

interface PublishedRange {
  readonly flag: string;
  readonly first: number;
  readonly last: number;
}

/** The host's ports that a cluster publishes, with the flags that say so. */
export function publishedRanges(
  config: Pick<ClusterConfig, 'apiPort' | 'httpPort' | 'httpsPort' | 'nodePortRange'>,
): readonly PublishedRange[] {
  const single = (flag: string, port: number): PublishedRange => ({ flag, first: port, last: port });
  return [
    single('--api-port', config.apiPort),
    single('--http-port', config.httpPort),
    single('--https-port', config.httpsPort),
    { flag: '--node-port-range', ...config.nodePortRange },
  ].filter(({ first }) => first !== 0);
}

/** Throws UserError when a cluster's own ports meet. */
export function checkOwnPorts(config: Parameters<typeof publishedRanges>[0]): void {
  const ranges = publishedRanges(config);
  for (const [index, a] of ranges.entries()) {
    const b = ranges.slice(index + 1).find((other) => meet(a, other));
    if (b !== undefined)
      throw new UserError(`${a.flag} ${text(a)} and ${b.flag} ${text(b)} are the same: give each its own.`);
  }
}

const meet = (a: PublishedRange, b: PublishedRange): boolean => a.first <= b.last && b.first <= a.last;
const text = ({ first, last }: PublishedRange): string => (first === last ? String(first) : `${first}-${last}`);

/**
 * The TCP ports on which something of the host listens; `sockets` is what /proc/net/tcp and tcp6 say. What listens on one
 * of the addresses `ours`, the clusters' bridges, is not in the way of what is published.
 */
export function listeningPorts(ours: ReadonlySet<string>, sockets: string = readSockets()): ReadonlySet<number> {
  const listening = '0A';
  return new Set(
    sockets
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === listening)
      .map((fields) => (fields[1] ?? '').split(':'))
      .filter(([address = '']) => !ours.has(ipv4Text(address)))
      .map(([, port = '']) => Number.parseInt(port, 16)),
  );
}

/** The kernel writes an IPv4 address as a number in the machine's own byte order; longer ones are no concern here. */
function ipv4Text(hex: string): string {
  return hex.length === 8 ? Buffer.from(hex, 'hex').toReversed().join('.') : hex;
}

function readSockets(): string {
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        // A kernel without IPv6 has no second list.
        return '';
      }
    })
    .join('\n');
}

/** The clusters of this machine that are up, but for `name`. */
export function otherClusters(name: string): readonly ClusterConfig[] {
  const names = new Set([...foldersIn(runRoot), ...foldersIn(dataRoot)]);
  return [...names]
    .filter((other) => other !== name && !other.startsWith('.'))
    .flatMap((other) => configOf(other) ?? []);
}

/** A cluster whose configuration cannot be read is nobody else's concern. */
function configOf(name: string): ClusterConfig | undefined {
  try {
    return findCluster(name)?.config;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((file) => file.replace(/\.data-dir$/, ''));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const freeRemedy = (flag: string): string =>
  flag === '--node-port-range'
    ? 'give another range with --node-port-range, or 0-0 to publish none'
    : `give another one with ${flag}, or 0 to publish none`;

/** Throws UserError when a port to be published is taken by a program of the host or by another cluster that is up. */
export function checkPortsAreFree(
  config: ClusterConfig,
  taken: ReadonlySet<number>,
  others: readonly ClusterConfig[],
): void {
  for (const range of publishedRanges(config)) {
    for (const other of others) {
      const met = publishedRanges(other).find((theirs) => meet(range, theirs));
      if (met === undefined) continue;
      throw new UserError(
        `cluster "${other.name}" publishes ${met.flag === '--node-port-range' ? 'ports' : 'port'} ${text(met)} already: ${freeRemedy(range.flag)}.`,
      );
    }
    const port = [...taken].find((candidate) => candidate >= range.first && candidate <= range.last);
    if (port !== undefined)
      throw new UserError(`port ${port} is taken by a program on this machine: end it, or ${freeRemedy(range.flag)}.`);
  }
}
