import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../system/exec.ts';
import { isErrno } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';
import { inNamespace, namespacePath } from '../../system/namespaces.ts';
import { HelperClient } from '../helper/client.ts';
import type { MapChange } from '../helper/messages.ts';
import type { MapContents } from './kernel-state.ts';
import { KernelState } from './kernel-state.ts';
import type { MapName } from './layout.ts';
import type { SocketTargets } from './plan.ts';
import { SocketTargetTable } from './plan.ts';

/** Which data plane carries a pod's connections to Services, and why. */
export interface DataPlane {
  readonly plane: 'sockets' | 'nftables';
  readonly why: string;
}

export interface SocketBalancerOptions {
  /** A folder on a bpffs for this node alone: programs and maps are pinned there. Made where it is missing. */
  readonly directory: string;
  /** The process that makes foreign calls; its owner closes it. One of its own when left out. */
  readonly helper?: HelperClient | undefined;
  readonly logger: Logger;
  /** Told when the data plane, or the reason for it, changes. */
  readonly onChange: (plane: DataPlane) => void;
  /** What the names of pods' network namespaces begin with; as containerd calls them when left out. */
  readonly namespacePrefix?: string;
  /** The node's network namespace, for tests; this process's own when left out. */
  readonly nodeNamespace?: string;
}

/** The layout of maps that the pins belong to: another layout is another folder, and replaces what is pinned. */
const version = 'v2';

/** Gives the sockets of a node's pods the endpoints of Services; what it does not, nftables does. */
export class SocketBalancer {
  readonly #options: SocketBalancerOptions;
  readonly #directory: string;
  readonly #table = new SocketTargetTable();
  readonly #state = new KernelState();
  readonly #helper: HelperClient;
  /** The helper process that has the maps open, as the client counts them. */
  #openedBy: number | undefined;
  #plane: DataPlane | undefined;
  #running: Promise<void> = Promise.resolve();
  /** The sync that waits for the one that runs. */
  #next: Promise<void> | undefined;
  #full = false;
  #podsChanged = true;
  #closed = false;

  constructor(options: SocketBalancerOptions) {
    this.#options = options;
    this.#directory = join(options.directory, version);
    this.#helper = options.helper ?? new HelperClient();
  }

  set(service: string, targets: SocketTargets | undefined): void {
    this.#table.set(service, targets);
  }

  /**
   * Brings the maps to what was set; reads them back before where `full`. Looks for pods' namespaces where `full` or
   * where pods have changed, since that starts a process. What is asked for during a sync is one more behind it. Never
   * rejects: without it, nftables serves.
   */
  sync(full: boolean, podsChanged = true): Promise<void> {
    this.#full ||= full;
    this.#podsChanged ||= podsChanged;
    this.#next ??= this.#running.then(() => {
      this.#running = this.#syncOrDetach();
      return this.#running;
    });
    return this.#next;
  }

  async #syncOrDetach(): Promise<void> {
    const full = this.#full;
    this.#full = false;
    this.#next = undefined;
    if (this.#closed) return;
    try {
      const { running: process } = this.#helper;
      await this.#sync(full).catch((error: unknown) => {
        // A helper that was killed says nothing against the maps: another, which may run already, reads them back.
        const { running } = this.#helper;
        if (this.#closed || (running !== 0 && (process === 0 || running === process))) throw error;
        return this.#sync(true);
      });
      const { services, clients } = this.#state.size;
      this.#options.logger.debug({ services, clients }, 'synced the sockets');
      this.#report({ plane: 'sockets', why: 'the kernel allows eBPF programs at the sockets of pods' });
    } catch (err) {
      this.#openedBy = undefined;
      await this.#detach(err);
    }
  }

  async #sync(full: boolean): Promise<void> {
    const all = full || this.#openedBy !== this.#helper.running;
    const changes: MapChange[] = [];
    if (all) {
      await this.#removePins((name) => name !== version);
      await this.#helper.ask({ do: 'open', directory: this.#directory, cgroup: findUnifiedCgroup() });
      changes.push(...this.#state.adopt(await this.#read()));
    }
    const changed = this.#table.takeChanged();
    for (const key of all ? new Set([...this.#state.keys(), ...this.#table.keys()]) : changed) {
      changes.push(...this.#state.setService(key, this.#table.get(key)));
    }
    if (all || this.#podsChanged) {
      this.#podsChanged = false;
      const paths = await this.#podNamespaces();
      const cookies = (await this.#helper.ask({ do: 'cookies', paths })) as readonly (readonly [string, bigint])[];
      changes.push(...this.#state.setClients(new Set(cookies.map(([, cookie]) => cookie))));
    }
    if (changes.length > 0) await this.#helper.ask({ do: 'change', changes });
    this.#openedBy = this.#helper.running;
  }

  async #read(): Promise<MapContents> {
    const read = async (map: MapName) => (await this.#helper.ask({ do: 'read', map })) as MapContents['services'];
    const [services, backends, members, clients] = await Promise.all([
      read('services'),
      read('backends'),
      read('members'),
      read('clients'),
    ]);
    return { services, backends, members, clients };
  }

  /** Pods' namespaces are those at the other ends of this node's links; other nodes' and clusters' are not. */
  async #podNamespaces(): Promise<readonly string[]> {
    const { nodeNamespace, namespacePrefix = 'cni-' } = this.#options;
    const argv = ['ip', '-json', 'netns', 'list-id'];
    const { stdout } = await exec(nodeNamespace === undefined ? argv : inNamespace(nodeNamespace, argv));
    const found = stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly { readonly name?: string }[]);
    return found.flatMap(({ name }) => (name?.startsWith(namespacePrefix) === true ? [namespacePath(name)] : []));
  }

  /**
   * Maps that cannot be kept right must not be used: without their pins, the node's programs are gone and nftables
   * serves its pods. It takes no helper, and touches no other node.
   */
  async #detach(err: unknown): Promise<void> {
    try {
      await this.#removePins(() => true);
    } catch (error) {
      this.#options.logger.error({ err: error }, 'cannot remove the eBPF programs; Services may lead pods astray');
    }
    const why = err instanceof Error ? err.message : String(err);
    this.#report({ plane: 'nftables', why });
  }

  async #removePins(which: (name: string) => boolean): Promise<void> {
    const { directory } = this.#options;
    const names = await readdir(directory).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    });
    for (const name of names.filter(which)) await rm(join(directory, name), { recursive: true, force: true });
  }

  #report(plane: DataPlane): void {
    if (plane.plane === this.#plane?.plane && plane.why === this.#plane.why) return;
    this.#plane = plane;
    this.#options.logger.info(plane, 'chose the data plane of pods');
    this.#options.onChange(plane);
  }

  /** Ends the helper; what is pinned stays and serves. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#next;
    await this.#running;
    if (this.#options.helper === undefined) this.#helper.close();
  }
}

/**
 * Where cgroup version 2 is mounted, alone or beside version 1: programs attached to its root see every socket. Throws
 * where it is not.
 */
export function findUnifiedCgroup(): string {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const fields = line.split(' ');
    if (fields[fields.indexOf('-') + 1] === 'cgroup2') return fields[4] ?? '';
  }
  throw new Error('no cgroup of version 2 is mounted');
}
