import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../system/exec.ts';

/** An image on disk in a form that skopeo reads. */
export interface ImageSource {
  /** skopeo's name for it, e.g. `oci:/x` or `docker-archive:/x.tar`. */
  readonly reference: string;
  /** The name that the image says it has. */
  readonly name: string | undefined;
}

interface Index {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

/** Finds out what `path` is: an OCI layout folder, an OCI archive or a docker-save archive. Throws an Error that says what is wrong. */
export async function inspectImage(path: string): Promise<ImageSource> {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) throw new Error(`${path} does not exist`);
  if (info.isDirectory()) {
    if (!existsSync(join(path, 'index.json')))
      throw new Error(`${path} is a folder without index.json: it is no OCI image layout`);
    return { reference: `oci:${path}`, name: nameInIndex(readFileSync(join(path, 'index.json'), 'utf8')) };
  }
  const listed = await exec(['tar', '--list', `--file=${path}`], { timeoutMs: 120_000 }).catch((error: unknown) => {
    throw new Error(`${path} is no tar archive`, { cause: error });
  });
  const members = new Set(listed.stdout.split('\n').map((name) => name.replace(/^\.\//, '')));
  const member = async (name: string): Promise<string> => {
    const stored = listed.stdout.split('\n').find((line) => line.replace(/^\.\//, '') === name) ?? name;
    return (await exec(['tar', '--extract', '--to-stdout', `--file=${path}`, stored], { timeoutMs: 120_000 })).stdout;
  };
  if (members.has('manifest.json')) {
    return { reference: `docker-archive:${path}`, name: nameInManifest(await member('manifest.json')) };
  }
  if (members.has('index.json'))
    return { reference: `oci-archive:${path}`, name: nameInIndex(await member('index.json')) };
  throw new Error(
    `${path} has neither manifest.json nor index.json: it is neither a docker-save archive nor an OCI image`,
  );
}

/** The name in an OCI index; a bare tag is no name. */
export function nameInIndex(text: string): string | undefined {
  const annotations = (JSON.parse(text) as Index).manifests?.[0]?.annotations ?? {};
  const name = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
  return name !== undefined && /[/:]/.test(name) ? name : undefined;
}

/** The first name in docker-save's manifest. */
export function nameInManifest(text: string): string | undefined {
  const images = JSON.parse(text) as readonly { readonly RepoTags?: readonly string[] | null }[];
  return images[0]?.RepoTags?.[0];
}
