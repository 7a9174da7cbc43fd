import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../system/files.ts';
import { ensureDefaultCertificate } from './default-certificate.ts';
import { installLuaModules } from './lua-modules.ts';
import { NginxRefusal, testConfiguration } from './nginx-test.ts';
import { usualProfile } from './profile.ts';
import { renderNginx } from './render.ts';
import type { NginxOptions } from './settings.ts';
import { findSettings, nginxFiles } from './settings.ts';

/**
 * The command that runs nginx in the foreground, for a supervisor to start and start again. It must run in the
 * node's network namespace, after `prepareNginx`, and touches nothing outside its folder.
 */
export function nginxCommand({ directory }: Pick<NginxOptions, 'directory'>): readonly string[] {
  const { configuration, controlSocket } = nginxFiles(directory);
  // A socket left by an nginx that was killed would be "in use"; whoever starts this command knows that none runs.
  const script = 'rm -f -- "$1" && exec nginx -p "$2" -c "$3" -e stderr';
  return ['sh', '-c', script, 'nginx', controlSocket, `${directory}/`, configuration];
}

/**
 * Makes an nginx's folder, with a first configuration that answers 404 to everybody, unless there is one that nginx
 * takes: then that one stays, so that nginx starts as it ran. Throws NginxSetupError where nginx's parts are missing.
 */
export async function prepareNginx(options: NginxOptions): Promise<void> {
  const { directory } = options;
  const files = nginxFiles(directory);
  await ensureDirectory(directory);
  await Promise.all(
    [files.lua, files.temporary, join(files.controlSocket, '..')].map(async (path) => {
      await ensureDirectory(path);
      // nginx lets everybody write to its sockets; the folder is what keeps them out.
      await chmod(path, 0o700);
    }),
  );
  const [settings, luaPath] = await Promise.all([
    findSettings(options),
    installLuaModules(directory),
    ensureDefaultCertificate(directory),
  ]);
  if (await isUsable(directory, files.configuration)) return;
  const { text } = renderNginx({ settings, luaPath, profiles: new Map([usualProfile()]), global: {} });
  await writeFileAtomic(files.configuration, text);
}

async function isUsable(directory: string, path: string): Promise<boolean> {
  if ((await readFileIfExists(path)) === undefined) return false;
  try {
    await testConfiguration(directory, path);
    return true;
  } catch (error) {
    if (error instanceof NginxRefusal) return false;
    throw error;
  }
}
