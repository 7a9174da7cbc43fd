import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What a container of the image does when it is told nothing else. */
export interface ImageConfig {
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Writes an image as an OCI image layout (https://github.com/opencontainers/image-spec): a folder of blobs
 * with an index. `layers` are tar files, lowest first, kept uncompressed since they travel over loopback only.
 */
export async function writeOciLayout(options: {
  directory: string;
  layers: readonly string[];
  config: ImageConfig;
  /** The reference name in the index, e.g. `docker.io/library/redis:7`. */
  name: string;
}): Promise<void> {
  const blobs = join(options.directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const layers = await Promise.all(options.layers.map((file) => addFile(blobs, file)));
  const config = addJson(blobs, 'application/vnd.oci.image.config.v1+json', {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    config: options.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  const manifest = addJson(blobs, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers,
  });
  const annotations = { 'org.opencontainers.image.ref.name': options.name, 'io.containerd.image.name': options.name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(options.directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(options.directory, 'index.json'), JSON.stringify(index));
}

async function addFile(blobs: string, file: string): Promise<Descriptor> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  const hex = hash.digest('hex');
  const blob = join(blobs, hex);
  copyFileSync(file, `${blob}.new`);
  renameSync(`${blob}.new`, blob);
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${hex}`, size: statSync(blob).size };
}

function addJson(blobs: string, mediaType: string, value: unknown): Descriptor {
  const text = JSON.stringify(value);
  const hex = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(blobs, hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}
