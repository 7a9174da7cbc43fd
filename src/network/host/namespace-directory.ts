import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeIfExists } from '../../system/files.ts';
import { listNamespaces, removeNamespaceDirectory } from '../../system/namespaces.ts';

/** Notes that the first namespace of this machine is ours, and with it the mount that iproute2 makes for it. */
export async function noteNamespaceDirectory(stateDirectory: string): Promise<void> {
  await writeFile(markerOf(stateDirectory), '', { mode: 0o600 });
}

function markerOf(stateDirectory: string): string {
  return join(stateDirectory, 'made-namespace-directory');
}

/** Takes `/run/netns` away again if we brought it and nobody uses it any more. */
export async function releaseNamespaceDirectory(stateDirectory: string): Promise<void> {
  const marker = markerOf(stateDirectory);
  const ours = await access(marker).then(
    () => true,
    () => false,
  );
  if (!ours || (await listNamespaces()).length > 0) return;
  await removeNamespaceDirectory();
  await removeIfExists(marker);
}
