import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendTls } from '../model/tls.ts';
import { ensureDirectory, readFileIfExists, removeIfExists, writeFileAtomic } from '../../system/files.ts';
import type { Directive } from './directive.ts';
import { directive } from './directive.ts';
import type { Profile } from './profile.ts';
import { nginxFiles } from './settings.ts';

function fileName(pem: string): string {
  return `${createHash('sha256').update(pem).digest('hex').slice(0, 32)}.pem`;
}

/** What makes a location prove and check as its profile says; the files are those of `writeTlsFiles`. */
export function backendTlsDirectives(tls: BackendTls, kind: 'grpc' | 'proxy', directory: string): readonly Directive[] {
  const path = (pem: string): string => join(nginxFiles(directory).tls, fileName(pem));
  const { certificate, authorities, name, versions, ciphers } = tls;
  const own = certificate === undefined ? [] : [path(certificate)];
  return [
    ...own.flatMap((file) => [
      directive(`${kind}_ssl_certificate`, file),
      directive(`${kind}_ssl_certificate_key`, file),
    ]),
    ...(authorities === undefined
      ? []
      : [
          directive(`${kind}_ssl_trusted_certificate`, path(authorities)),
          directive(`${kind}_ssl_verify`, 'on'),
          directive(`${kind}_ssl_verify_depth`, tls.depth),
        ]),
    ...(name === undefined ? [] : [directive(`${kind}_ssl_name`, name)]),
    directive(`${kind}_ssl_server_name`, tls.sendsName ? 'on' : 'off'),
    ...(versions === undefined ? [] : [directive(`${kind}_ssl_protocols`, ...versions)]),
    ...(ciphers === undefined ? [] : [directive(`${kind}_ssl_ciphers`, ciphers)]),
    // A session of one profile must not speak for another.
    directive(`${kind}_ssl_session_reuse`, 'off'),
  ];
}

function pemsOf(profiles: Iterable<Profile>): ReadonlyMap<string, string> {
  const all = [...profiles].flatMap(({ backendTls }) => [backendTls?.certificate, backendTls?.authorities]);
  return new Map(all.filter((pem) => pem !== undefined).map((pem) => [fileName(pem), pem]));
}

/** Writes what the profiles need into nginx's folder, for root alone. */
export async function writeTlsFiles(directory: string, profiles: Iterable<Profile>): Promise<void> {
  const folder = nginxFiles(directory).tls;
  const pems = pemsOf(profiles);
  if (pems.size === 0) return;
  await ensureDirectory(folder);
  for (const [name, pem] of pems) {
    const path = join(folder, name);
    if ((await readFileIfExists(path)) !== pem) await writeFileAtomic(path, pem);
  }
}

/** Takes away what no profile needs any more, once nginx uses a configuration without it. */
export async function pruneTlsFiles(directory: string, profiles: Iterable<Profile>): Promise<void> {
  const folder = nginxFiles(directory).tls;
  const pems = pemsOf(profiles);
  await ensureDirectory(folder);
  for (const name of await readdir(folder)) if (!pems.has(name)) await removeIfExists(join(folder, name));
}
