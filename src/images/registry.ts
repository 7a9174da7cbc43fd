import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RegistryOptions {
  /** Where images and the rendered configuration are kept. */
  readonly directory: string;
  readonly address: string;
  readonly port: number;
  /** PEM files: the registry's own certificate and key, and the authority whose clients it serves. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

/**
 * The configuration of Debian's docker-registry, as YAML (JSON is YAML). It takes clients with a certificate
 * of the cluster's authority, and nobody else.
 */
export function registryConfig(options: RegistryOptions): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(options.directory, 'images') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: {
      addr: `${options.address}:${options.port}`,
      tls: { certificate: options.tls.cert, key: options.tls.key, clientcas: [options.tls.ca] },
    },
  });
}

/** Writes the configuration and returns the command that serves it. */
export function prepareRegistry(options: RegistryOptions): readonly string[] {
  mkdirSync(join(options.directory, 'images'), { recursive: true });
  const file = join(options.directory, 'config.yml');
  writeFileSync(file, registryConfig(options), { mode: 0o600 });
  return ['docker-registry', 'serve', file];
}
