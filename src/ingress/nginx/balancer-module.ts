import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists, writeFileAtomic } from '../../system/files.ts';
import { nginxFiles } from './settings.ts';

const sourceFile = new URL('lua/balancer.lua', import.meta.url);

/**
 * Puts the Lua module into nginx's folder and returns its name. The name tells its content, so that another version
 * is another configuration, and one that is in use is never changed.
 */
export async function installBalancer(directory: string): Promise<string> {
  const source = await readFile(sourceFile, 'utf8');
  const name = `cox_${createHash('sha256').update(source).digest('hex').slice(0, 12)}`;
  const path = join(nginxFiles(directory).lua, `${name}.lua`);
  if ((await readFileIfExists(path)) !== source) await writeFileAtomic(path, source);
  return name;
}
