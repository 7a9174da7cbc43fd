import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../system/exec.ts';
import { buildRootfs } from '../debian-rootfs.ts';
import { formatImageName, parseImageName } from '../image-name.ts';
import type { ImageConfig } from '../oci-layout.ts';
import { writeOciLayout } from '../oci-layout.ts';

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const shell = [
  'base-files',
  'bash',
  'coreutils',
  'dash',
  'findutils',
  'grep',
  'gzip',
  'libc-bin',
  'procps',
  'sed',
  'tar',
];

/** The file systems that the images stand on; images that share one share its layer. */
const bases = {
  python: [...shell, 'curl', 'python3-flask', 'python3-redis'],
  redis: [...shell, 'redis-server', 'redis-tools'],
} as const;

interface DemoImage {
  readonly name: string;
  readonly base: keyof typeof bases;
  /** Files of this folder that the image has under `/app`. */
  readonly app?: readonly string[];
  readonly config: ImageConfig;
}

/** The images that the course uses, under the names that its manifests say. */
export const demoImages: readonly DemoImage[] = [
  {
    name: 'wjallen/hello-flask:1.0',
    base: 'python',
    app: ['hello-flask.py'],
    config: {
      Cmd: ['python3', '/app/hello-flask.py'],
      Env: [searchPath, 'PYTHONUNBUFFERED=1'],
      WorkingDir: '/app',
      ExposedPorts: { '5000/tcp': {} },
    },
  },
  { name: 'python:3.10', base: 'python', config: { Cmd: ['python3'], Env: [searchPath], WorkingDir: '/' } },
  {
    name: 'redis:7',
    base: 'redis',
    config: {
      Cmd: ['redis-server', '--protected-mode', 'no', '--dir', '/data'],
      Env: [searchPath],
      WorkingDir: '/data',
      ExposedPorts: { '6379/tcp': {} },
    },
  },
];

export interface BuiltImage {
  readonly name: string;
  /** An OCI image layout. */
  readonly directory: string;
}

/** Builds what is not in `cache` yet; the folder's name follows from the recipe, so a changed recipe builds anew. */
export async function buildDemoImages(cache: string, report: (line: string) => void): Promise<readonly BuiltImage[]> {
  mkdirSync(cache, { recursive: true });
  const built: BuiltImage[] = [];
  for (const image of demoImages) {
    const directory = join(cache, `${image.name.replaceAll(/[^a-z0-9.]/g, '-')}-${recipeHash(image)}`);
    if (!existsSync(join(directory, 'index.json'))) {
      const base = await baseLayer(cache, image.base, report);
      report(`building ${image.name}`);
      await assemble(image, base, directory);
    }
    built.push({ name: image.name, directory });
  }
  return built;
}

function recipeHash(image: DemoImage): string {
  const hash = createHash('sha256').update(JSON.stringify([image, bases[image.base]]));
  for (const file of image.app ?? []) hash.update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 12);
}

async function baseLayer(cache: string, base: keyof typeof bases, report: (line: string) => void): Promise<string> {
  const packages = bases[base];
  const hash = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const file = join(cache, `base-${base}-${hash}.tar`);
  if (existsSync(file)) return file;
  report(`unpacking Debian packages for ${base}: ${packages.slice(shell.length).join(', ')}`);
  const unfinished = join(cache, `unfinished-${process.pid}-${base}.tar`);
  try {
    await buildRootfs({ packages, output: unfinished });
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return file;
}

async function assemble(image: DemoImage, base: string, directory: string): Promise<void> {
  const work = `${directory}.${process.pid}.unfinished`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const layers = [base];
    if (image.app !== undefined) {
      mkdirSync(join(work, 'tree', 'app'), { recursive: true });
      for (const file of image.app) copyFileSync(join(import.meta.dirname, file), join(work, 'tree', 'app', file));
      const layer = join(work, 'app.tar');
      await exec([
        'tar',
        '--create',
        `--file=${layer}`,
        '--owner=0',
        '--group=0',
        '--mtime=@0',
        `--directory=${join(work, 'tree')}`,
        'app',
      ]);
      layers.push(layer);
    }
    const name = formatImageName(parseImageName(image.name));
    await writeOciLayout({ directory: join(work, 'layout'), layers, config: image.config, name });
    rmSync(directory, { recursive: true, force: true });
    renameSync(join(work, 'layout'), directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
