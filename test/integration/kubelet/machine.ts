import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildPauseImage, pauseImage } from '../../../src/images/pause/pause-image.ts';
import { writeOciLayout } from '../../../src/images/oci-layout.ts';
import {
  canLowerOomScore,
  containerdCommand,
  findCniPlugins,
  hasAppArmor,
} from '../../../src/kubelet/containerd/command.ts';
import { containerdConfig } from '../../../src/kubelet/containerd/config.ts';
import { podNetworkConfiguration } from '../../../src/network/cni.ts';
import { exec } from '../../../src/system/exec.ts';
import { inNamespace, removeNamespace, removeNamespaceDirectory } from '../../../src/system/namespaces.ts';

/** Why containers cannot be run here; undefined where they can. */
export function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const tool of ['containerd', 'ctr', 'runc', 'ip', 'nsenter', 'tar']) {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    } catch {
      return `needs ${tool}`;
    }
  }
  return findCniPlugins() === undefined ? 'needs the CNI plugins' : undefined;
}

/** The image that tests run: a shell and a few tools of this machine. */
export const toolImage = 'coxswain.test/tools:1';
const tools = [
  'sh',
  'cat',
  'echo',
  'env',
  'hostname',
  'id',
  'ls',
  'mkdir',
  'rm',
  'sleep',
  'stat',
  'touch',
  'true',
  'false',
  'head',
  'kill',
];

/** One containerd in a network namespace of its own, and all its state in one folder. */
export class ContainerdMachine {
  readonly directory: string;
  readonly socket: string;
  readonly namespace: string;
  readonly cgroupParent: string;
  #child: ChildProcess | undefined;

  constructor(directory: string) {
    this.directory = directory;
    this.socket = join(directory, 'run', 'containerd.sock');
    this.namespace = `t-kubelet-${process.pid}`;
    this.cgroupParent = `/cox-test-${process.pid}/node`;
  }

  static async start(): Promise<ContainerdMachine> {
    const machine = new ContainerdMachine(await mkdtemp('/dev/shm/cox-kubelet-'));
    await exec(['ip', 'netns', 'add', machine.namespace]);
    await exec(inNamespace(machine.namespace, ['ip', 'link', 'set', 'lo', 'up']));
    await machine.#configure();
    await machine.startContainerd();
    await machine.#loadImages();
    return machine;
  }

  async #configure(): Promise<void> {
    const { directory } = this;
    for (const name of ['run', 'root', 'cni', 'hosts']) await mkdir(join(directory, name), { recursive: true });
    const network = podNetworkConfiguration({
      podRange: '10.233.64.0/24',
      dataDirectory: join(directory, 'addresses'),
    });
    await writeFile(join(directory, 'cni', '10-cox.conflist'), network);
    await writeFile(
      join(directory, 'containerd.toml'),
      containerdConfig({
        rootDirectory: join(directory, 'root'),
        stateDirectory: join(directory, 'run'),
        socket: this.socket,
        cni: { binDirectory: findCniPlugins() ?? '', configDirectory: join(directory, 'cni') },
        registryConfigDirectory: join(directory, 'hosts'),
        sandboxImage: pauseImage,
        canLowerOomScore: canLowerOomScore(),
        appArmor: hasAppArmor(),
      }),
    );
  }

  async startContainerd(): Promise<void> {
    const [file = '', ...rest] = inNamespace(
      this.namespace,
      containerdCommand({ configFile: join(this.directory, 'containerd.toml') }),
    );
    const log = process.env['COX_TEST_VERBOSE'] === undefined ? 'ignore' : 'inherit';
    this.#child = spawn(file, rest, { stdio: ['ignore', log, log] });
    for (let attempt = 0; ; attempt += 1) {
      try {
        await exec(['ctr', '-a', this.socket, 'version'], { timeoutMs: 2000 });
        return;
      } catch (error) {
        if (attempt > 50) throw error;
        await sleep(50);
      }
    }
  }

  /** Ends containerd as a crash does; its containers run on. */
  async killContainerd(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Ends containerd, the shims and every container at once, as a machine does that loses power; what is on disk stays. */
  async loseEverythingRunning(): Promise<void> {
    const pids = lines(
      (
        await exec([
          'sh',
          '-c',
          `find /sys/fs/cgroup -path '*${dirname(this.cgroupParent)}*' -name cgroup.procs -exec cat {} +`,
        ])
      ).stdout,
    );
    await this.killContainerd();
    await this.#killShims();
    for (const pid of new Set(pids)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It went with its shim.
      }
    }
    await this.#unmountAll();
    await rm(join(this.directory, 'run'), { recursive: true, force: true });
    await mkdir(join(this.directory, 'run'));
  }

  async #unmountAll(): Promise<void> {
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    for (const path of mounts.filter((mount) => mount.startsWith(this.directory)).toReversed())
      await exec(['umount', '-l', path]);
  }

  /** The pod addresses that are taken. */
  async addresses(): Promise<readonly string[]> {
    const files = await readdir(join(this.directory, 'addresses', 'cox')).catch(() => []);
    return files.filter((file) => /^[0-9.]+$/.test(file));
  }

  ctr(...args: readonly string[]): Promise<string> {
    return exec(['ctr', '-a', this.socket, '-n', 'k8s.io', ...args], { timeoutMs: 30_000 }).then(
      ({ stdout }) => stdout,
    );
  }

  async #loadImages(): Promise<void> {
    const pause = join(this.directory, 'pause.tar');
    await buildPauseImage(pause);
    const tool = join(this.directory, 'tools.tar');
    await buildToolImage(this.directory, tool);
    for (const archive of [pause, tool]) await this.ctr('image', 'import', archive);
    await rm(join(this.directory, 'work'), { recursive: true, force: true });
  }

  /** Ends every container and process, and removes all that was made. */
  async close(): Promise<void> {
    for (const id of lines(await this.ctr('task', 'ls', '-q')))
      await this.ctr('task', 'kill', '-s', 'SIGKILL', id).catch(() => undefined);
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const tasks = lines(await this.ctr('task', 'ls', '-q'));
      if (tasks.length === 0) break;
      for (const id of tasks) await this.ctr('task', 'rm', '-f', id).catch(() => undefined);
      await sleep(50);
    }
    await this.killContainerd();
    await this.#killShims();
    await this.#unmountAll();
    await rm(this.directory, { recursive: true, force: true });
    await removeNamespace(this.namespace);
    await removeNamespaceDirectory();
    // The kernel lets go of a cgroup a moment after its last process.
    const folders = `find /sys/fs/cgroup -depth -type d -path '*${dirname(this.cgroupParent)}*'`;
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await exec(['sh', '-c', `${folders} -exec rmdir {} + 2>/dev/null`], { acceptExitCodes: [0, 1] });
      if ((await exec(['sh', '-c', folders])).stdout === '') return;
      await sleep(50);
    }
    throw new Error('processes are left in the cgroups of the test');
  }

  async #killShims(): Promise<void> {
    for (const pid of (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (command.includes('containerd-shim') && command.includes(this.socket)) process.kill(Number(pid), 'SIGKILL');
    }
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Packs a shell and some tools of this machine, with the libraries they need, as an image. */
async function buildToolImage(directory: string, archive: string): Promise<void> {
  const work = join(directory, 'work');
  const root = join(work, 'root');
  for (const name of ['bin', 'etc', 'tmp', 'usr', 'proc', 'sys', 'dev'])
    await mkdir(join(root, name), { recursive: true });
  const files = new Set<string>();
  for (const tool of tools) {
    const { stdout } = await exec(['sh', '-c', `command -v /bin/${tool} || command -v ${tool}`]);
    const path = stdout.trim();
    if (!path.startsWith('/')) continue;
    await cp(await realpath(path), join(root, 'bin', tool));
    const { stdout: needed } = await exec(['ldd', path], { acceptExitCodes: [0, 1] });
    for (const [, library = ''] of needed.matchAll(/(\/\S+) \(0x/g)) files.add(library);
  }
  for (const library of files) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await cp(await realpath(library), join(root, library));
  }
  if (!existsSync(join(root, 'usr', 'bin'))) await symlink('../bin', join(root, 'usr', 'bin'));
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n');
  await exec([
    'tar',
    '--create',
    `--file=${join(work, 'layer.tar')}`,
    '--owner=0',
    '--group=0',
    `--directory=${root}`,
    '.',
  ]);
  await writeOciLayout({
    directory: join(work, 'layout'),
    layers: [join(work, 'layer.tar')],
    config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] },
    name: toolImage,
  });
  await exec([
    'tar',
    '--create',
    `--file=${archive}`,
    `--directory=${join(work, 'layout')}`,
    'oci-layout',
    'index.json',
    'blobs',
  ]);
}
