import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before } from 'node:test';
import { findKubectl } from '../../src/cli/kubectl.ts';
import { clusterPaths } from '../../src/cluster/paths.ts';
import { buildDemoImages } from '../../src/images/demo/demo-images.ts';
import { exec, ExecError } from '../../src/system/exec.ts';
import type { ExecResult } from '../../src/system/exec.ts';
import { eventually as patiently } from '../../src/system/testing/eventually.ts';

export const root = join(import.meta.dirname, '../..');
export const course = join(root, 'examples/course');

/** Ports that no other cluster of this machine is likely to use. */
export const ports = { api: 16443, http: 18080, https: 18443, nodePorts: '31000-31999' } as const;

/** What a command printed and how it ended, whatever that was. */
export async function run(
  argv: readonly string[],
  options: { input?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<ExecResult> {
  const all = Array.from({ length: 256 }, (_, code) => code);
  return exec(argv, { timeoutMs: 120_000, acceptExitCodes: all, ...options });
}

/** Asks until `check` answers something other than undefined or false; throws with `what` after half a minute, or so many milliseconds. */
export const eventually: typeof patiently = (what, check, milliseconds = 30_000) =>
  patiently(what, check, milliseconds);

/** A cluster under test, driven through `cox`, kubectl and curl alone. */
export class TestCluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly flags: readonly string[];

  constructor(name: string, flags: readonly string[]) {
    this.name = name;
    this.kubeconfig = join(mkdtempSync(join(tmpdir(), `cox-${name}-`)), 'config');
    this.flags = flags;
  }

  /** Runs `cox COMMAND --name THIS …`; throws when it fails. */
  async cox(command: string, ...rest: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await run(
      [join(root, 'cox'), ...command.split(' '), '--name', this.name, ...rest],
      { timeoutMs: 180_000 },
    );
    if (exitCode !== 0) throw new Error(`cox ${command} ended with ${exitCode}:\n${stderr}${stdout}`);
    return stdout + stderr;
  }

  async up(...more: readonly string[]): Promise<void> {
    await this.cox('up', '--isolated', '--kubeconfig', this.kubeconfig, ...this.flags, ...more);
  }

  /** Builds the course's images where they are not, and gives them to the cluster. */
  async loadImages(): Promise<void> {
    const loaded = join(clusterPaths(this.name).data, 'test-images-loaded');
    if (existsSync(loaded)) return;
    for (const { name, directory } of await buildDemoImages(join(root, '.cache/images'), () => {}))
      await this.cox('image load', directory, name);
    writeFileSync(loaded, '');
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: this.kubeconfig };
  }

  /** Runs kubectl; returns what it printed, throws when it fails. */
  async kubectl(
    argv: readonly string[] | string,
    options: { input?: string; timeoutMs?: number } = {},
  ): Promise<string> {
    const words = typeof argv === 'string' ? argv.split(' ') : argv;
    const { stdout, stderr, exitCode } = await this.tryKubectl(words, options);
    if (exitCode !== 0) throw new Error(`kubectl ${words.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs kubectl, however it ends. */
  tryKubectl(
    argv: readonly string[] | string,
    options: { input?: string; timeoutMs?: number } = {},
  ): Promise<ExecResult> {
    const words = typeof argv === 'string' ? argv.split(' ') : argv;
    return run([findKubectl(), ...words], { ...options, env: this.environment });
  }

  /** Starts kubectl and leaves it running: for port-forward, logs -f, get -w. End it with `stop`. */
  background(argv: string): BackgroundCommand {
    return new BackgroundCommand([findKubectl(), ...argv.split(' ')], this.environment);
  }

  /** Applies a manifest given as text. */
  apply(manifest: string, ...flags: readonly string[]): Promise<string> {
    return this.kubectl(['apply', ...flags, '-f', '-'], { input: manifest });
  }

  async json<T = Record<string, never>>(argv: string): Promise<T> {
    return JSON.parse(await this.kubectl(`${argv} -o json`)) as T;
  }

  async jsonpath(argv: string, path: string): Promise<string> {
    return this.kubectl([...argv.split(' '), '-o', `jsonpath=${path}`]);
  }

  /** What curl prints in a pod; throws when it fails. */
  curlIn(pod: string, ...argv: readonly string[]): Promise<string> {
    return this.kubectl(['exec', pod, '--', 'curl', '--silent', '--show-error', '--fail', '--max-time', '5', ...argv]);
  }

  async podNames(selector: string): Promise<readonly string[]> {
    const text = await this.jsonpath(`get pods -l ${selector}`, '{range .items[*]}{.metadata.name}{" "}{end}');
    return text.trim().split(' ').filter(Boolean);
  }

  /** The one pod of a selector that is not on its way out. */
  async pod(selector: string): Promise<string> {
    const { items } = await this.json<{ items: { metadata: { name: string; deletionTimestamp?: string } }[] }>(
      `get pods -l ${selector}`,
    );
    const [first] = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (first === undefined) throw new Error(`no pod matches ${selector}`);
    return first.metadata.name;
  }
}

/** A command that goes on until it is stopped. */
export class BackgroundCommand {
  readonly #child: ChildProcess;
  output = '';

  constructor(argv: readonly string[], env: NodeJS.ProcessEnv) {
    const [file = '', ...rest] = argv;
    this.#child = spawn(file, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when the command has printed something that matches. */
  printed(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    return eventually(
      `output that matches ${pattern}, got: ${this.output}`,
      () => Promise.resolve(pattern.exec(this.output) ?? undefined),
      timeoutMs,
    );
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

/** curl on the host; throws when it fails. */
export async function curl(...argv: readonly string[]): Promise<string> {
  const { stdout } = await exec(['curl', '--silent', '--show-error', '--fail', '--max-time', '5', ...argv]);
  return stdout;
}

/** curl's exit code and message on the host. */
export async function curlFailure(...argv: readonly string[]): Promise<{ exitCode: number; stderr: string }> {
  try {
    await curl(...argv);
  } catch (error) {
    if (error instanceof ExecError && error.exitCode !== undefined)
      return { exitCode: error.exitCode, stderr: error.stderr };
    throw error;
  }
  return { exitCode: 0, stderr: '' };
}

/** Why end-to-end tests cannot run here; undefined where they can. */
export function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('sh', ['-c', 'command -v containerd runc nft nginx mmdebstrap docker-registry'], { stdio: 'ignore' });
  } catch {
    return 'needs the Debian packages that test/run installs';
  }
  return undefined;
}

/**
 * The two-node cluster that test files share: started where it is not up, left up for the next file. `test/run`
 * deletes it at the end; by hand, `cox delete --name e2e` does.
 */
export function useCluster(): TestCluster {
  const cluster = new TestCluster('e2e', [
    '--api-port',
    String(ports.api),
    '--http-port',
    String(ports.http),
    '--https-port',
    String(ports.https),
    '--node-port-range',
    ports.nodePorts,
  ]);
  before(
    async () => {
      await cluster.up();
      await cluster.loadImages();
    },
    { timeout: 300_000 },
  );
  return cluster;
}
