import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../system/files.ts';
import { nginxFiles } from './settings.ts';

const sources = new URL('lua/cox/', import.meta.url);

/**
 * Puts the Lua modules into nginx's folder and returns the path for `require`. The path tells their content, so that
 * another version is another configuration, and one that is in use is never changed.
 */
export async function installLuaModules(directory: string): Promise<string> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.lua')).toSorted((a, b) => (a < b ? -1 : 1));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, sources), 'utf8')));
  const version = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12);
  const root = join(nginxFiles(directory).lua, version);
  await ensureDirectory(join(root, 'cox'));
  for (const [index, name] of names.entries()) {
    const path = join(root, 'cox', name);
    const text = texts[index] ?? '';
    if ((await readFileIfExists(path)) !== text) await writeFileAtomic(path, text);
  }
  return join(root, '?.lua');
}
