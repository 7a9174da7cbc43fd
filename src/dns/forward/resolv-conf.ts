import { readFileSync, statSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { isErrno } from '../../system/files.ts';

/** systemd-resolved keeps the real servers here when `/etc/resolv.conf` names only itself. */
const systemdServers = '/run/systemd/resolve/resolv.conf';

/** The `nameserver` lines of a `resolv.conf`, in order and without repeats; IPv6 zones and other words are left out. */
export function nameserversOf(text: string): readonly string[] {
  const words = text.split('\n').map((line) => line.trim().split(/\s+/));
  const servers = words.filter(([key]) => key === 'nameserver').map(([, server = '']) => server);
  return [...new Set(servers.filter((server) => isIPv4(server) || (isIPv6(server) && !server.includes('%'))))];
}

/** Whether a server is one of the host's own, which a node in a network namespace cannot reach. */
export function isLoopback(server: string): boolean {
  return server.startsWith('127.') || server === '::1';
}

export interface HostFiles {
  readonly path?: string;
  /** Where the real servers are when `path` names the host's own stub alone. */
  readonly behindStub?: string;
}

/**
 * The host's DNS servers that can be reached from a network namespace, now: those of its `resolv.conf`, or, where that
 * names the host's own stub alone, those that systemd-resolved uses. Empty where there is none.
 */
export function hostNameservers(files: HostFiles = {}): readonly string[] {
  const { path = '/etc/resolv.conf', behindStub = systemdServers } = files;
  const direct = nameserversOf(readIfExists(path)).filter((server) => !isLoopback(server));
  if (direct.length > 0) return direct;
  return nameserversOf(readIfExists(behindStub)).filter((server) => !isLoopback(server));
}

/** The servers that the host itself uses, its own stub among them. */
export function ownNameservers({ path = '/etc/resolv.conf' }: HostFiles = {}): readonly string[] {
  return nameserversOf(readIfExists(path));
}

/**
 * Follows the host's servers as it moves between networks: returns a function that gives what `read` finds, and looks
 * at the files for changes at most every `intervalMs`, when it is called. Nothing runs in between.
 */
export function followNameservers(
  read: (files: HostFiles) => readonly string[],
  { intervalMs = 5000, ...files }: HostFiles & { readonly intervalMs?: number } = {},
): () => readonly string[] {
  const { path = '/etc/resolv.conf', behindStub = systemdServers } = files;
  let servers: readonly string[] = [];
  let seen = '';
  let lookAt = 0;
  return () => {
    const now = performance.now();
    if (now < lookAt) return servers;
    lookAt = now + intervalMs;
    const stamp = `${modified(path)} ${modified(behindStub)}`;
    if (stamp !== seen) servers = read(files);
    seen = stamp;
    return servers;
  };
}

function readIfExists(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  }
}

function modified(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.ino}:${stats.mtimeMs}`;
}
