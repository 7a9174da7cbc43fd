import { chmod } from 'node:fs/promises';
import { ensureDirectory } from '../../../system/files.ts';
import type { Payload } from '../atomic-writer.ts';
import { writePayload } from '../atomic-writer.ts';
import type { PreparedVolume, VolumeContext } from '../context.ts';
import { fsGroupOf } from '../context.ts';
import { isMountPoint, mountTmpfs } from '../mounts.ts';
import { giveToGroup } from '../ownership.ts';
import type { PluginName } from '../paths.ts';
import { volumeDirectory } from '../paths.ts';

/** A volume whose files the kubelet writes itself: where it lies and what is in it. */
export interface ContentVolume {
  readonly plugin: PluginName;
  /** It holds secrets: nothing of it may reach a disk. */
  readonly inMemory: boolean;
  readonly payload: Payload;
}

/** Writes the files of such a volume; safe to repeat, and what has not changed is left alone. */
export async function writeContent(context: VolumeContext, content: ContentVolume): Promise<PreparedVolume> {
  const path = volumeDirectory(context.podDirectory, content.plugin, context.name);
  await ensureDirectory(path, 0o755);
  if (!content.inMemory) await chmod(path, 0o777);
  else if (!(await isMountPoint(path))) await mountTmpfs(path);
  const group = fsGroupOf(context.pod);
  await writePayload(path, content.payload, async (directory) => {
    if (group !== undefined) await giveToGroup(directory, { group, readOnly: true });
  });
  return { path, readOnly: true, managed: true, isDevice: false };
}
