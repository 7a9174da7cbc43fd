import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../system/exec.ts';
import type { ImageSource } from './archive.ts';
import type { ImageName } from './image-name.ts';
import { registryFolder } from './image-name.ts';

export interface RegistryClient {
  /** `ADDRESS:PORT` of the cluster's registry. */
  readonly server: string;
  /** PEM files of a client that the registry serves. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** Copies an image into the cluster's registry under the folder of the registry that it is named after. */
export async function pushImage(source: ImageSource, name: ImageName, registry: RegistryClient): Promise<void> {
  const certificates = mkdtempSync(join(tmpdir(), 'cox-registry-'));
  try {
    copyFileSync(registry.tls.cert, join(certificates, 'client.cert'));
    copyFileSync(registry.tls.key, join(certificates, 'client.key'));
    copyFileSync(registry.tls.ca, join(certificates, 'ca.crt'));
    const target = `docker://${registry.server}/${registryFolder(name.registry)}/${name.repository}:${name.tag}`;
    await exec(
      [
        'skopeo',
        'copy',
        '--quiet',
        '--insecure-policy',
        '--dest-no-creds',
        `--dest-cert-dir=${certificates}`,
        source.reference,
        target,
      ],
      { timeoutMs: 600_000 },
    );
  } finally {
    rmSync(certificates, { recursive: true, force: true });
  }
}
