import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exec, ExecError } from '../../system/exec.ts';
import { writeOciLayout } from '../oci-layout.ts';

/** The image of every pod's first container. It is in no registry: each node's containerd is handed it. */
export const pauseImage = 'coxswain.dev/pause:1';

/** Compiles the pause program and packs it as an OCI archive at `archive`, unless it is there already. */
export async function buildPauseImage(archive: string): Promise<void> {
  if (existsSync(archive)) return;
  mkdirSync(dirname(archive), { recursive: true });
  const work = mkdtempSync(`${archive}.`);
  try {
    mkdirSync(join(work, 'root'));
    await compile(join(import.meta.dirname, 'pause.c'), join(work, 'root', 'pause'));
    await exec([
      'tar',
      '--create',
      `--file=${join(work, 'pause.tar')}`,
      '--owner=0',
      '--group=0',
      `--directory=${join(work, 'root')}`,
      'pause',
    ]);
    await writeOciLayout({
      directory: join(work, 'layout'),
      layers: [join(work, 'pause.tar')],
      config: { Entrypoint: ['/pause'], User: '65535:65535' },
      name: pauseImage,
    });
    await exec([
      'tar',
      '--create',
      `--file=${join(work, 'image.tar')}`,
      `--directory=${join(work, 'layout')}`,
      'oci-layout',
      'index.json',
      'blobs',
    ]);
    await exec(['mv', join(work, 'image.tar'), archive]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Any C compiler does: the program needs neither headers nor a library. */
async function compile(source: string, program: string): Promise<void> {
  for (const compiler of ['cc', 'gcc', 'tcc']) {
    try {
      await exec([compiler, '-static', '-nostdlib', '-o', program, source], { timeoutMs: 30_000 });
      return;
    } catch (error) {
      if (!(error instanceof ExecError && error.code === 'EXEC_NOT_FOUND')) throw error;
    }
  }
  throw new Error('no C compiler found for the pause program: install tcc or gcc');
}
