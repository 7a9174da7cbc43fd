import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileIfExists, writeFileAtomic } from '../../system/files.ts';
import type { ControlClient } from './control-client.ts';
import { ControlError } from './control-client.ts';
import { testConfiguration } from './nginx-test.ts';
import { acceptingWorkers, findMaster, sendSignal } from './process.ts';
import type { NginxFiles } from './settings.ts';
import { nginxFiles } from './settings.ts';

/** nginx has not taken over a configuration that it had found good. */
export class NginxNotReloaded extends Error {
  readonly code = 'NGINX_NOT_RELOADED';

  constructor(message: string) {
    super(message);
    this.name = 'NginxNotReloaded';
  }
}

export interface ApplierOptions {
  readonly directory: string;
  readonly control: ControlClient;
  /** How long nginx may take to use a new configuration; 10 s when left out. */
  readonly timeoutMs?: number;
}

/** Brings configurations into a running nginx, one at a time. */
export class NginxApplier {
  readonly #directory: string;
  readonly #files: NginxFiles;
  readonly #control: ControlClient;
  readonly #timeoutMs: number;

  constructor({ directory, control, timeoutMs = 10_000 }: ApplierOptions) {
    this.#directory = directory;
    this.#files = nginxFiles(directory);
    this.#control = control;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Returns once nginx answers with this configuration; whether that took a reload. Throws NginxRefusal when it is
   * no good, and NginxNotReloaded when nginx does not run or does not reload. The one before stays in both cases.
   */
  async apply({ text, generation }: { readonly text: string; readonly generation: string }): Promise<boolean> {
    const { configuration, candidate } = this.#files;
    const before = await readFileIfExists(configuration);
    if (before === text && (await this.#answers(generation))) return false;
    await writeFileAtomic(candidate, text);
    await testConfiguration(this.#directory, candidate);
    await rename(candidate, configuration);
    try {
      await this.#takeOver(generation);
    } catch (error) {
      // An nginx that starts later must start with what is known to work.
      if (before !== undefined && error instanceof NginxNotReloaded && (await this.#master()) !== undefined) {
        await writeFileAtomic(configuration, before);
      }
      throw error;
    }
    return true;
  }

  async #takeOver(generation: string): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    let signalled: { readonly pid: number; readonly at: number; readonly workers: readonly number[] } | undefined;
    for (let pauseMs = 2; performance.now() < deadline; pauseMs = Math.min(20, pauseMs * 1.2)) {
      const pid = await this.#master();
      const workers = pid === undefined ? [] : await acceptingWorkers(pid);
      const isOldGone = !workers.some((worker) => signalled?.workers.includes(worker));
      if (isOldGone && (await this.#answers(generation))) return;
      // One that was still starting when the file was replaced has read the old one, and may have missed the signal.
      if (pid !== undefined && (signalled?.pid !== pid || performance.now() - signalled.at > 2000)) {
        signalled = { pid, at: performance.now(), workers };
        sendSignal(pid, 'SIGHUP');
      }
      await sleep(pauseMs);
    }
    const why =
      signalled === undefined ? 'does not run' : `has not taken over its configuration in ${this.#timeoutMs} ms`;
    throw new NginxNotReloaded(`nginx ${why}`);
  }

  async #answers(generation: string): Promise<boolean> {
    try {
      return (await this.#control.generation()) === generation;
    } catch (error) {
      if (error instanceof ControlError) return false;
      throw error;
    }
  }

  #master(): Promise<number | undefined> {
    return findMaster(this.#files.pid, this.#files.configuration);
  }
}
