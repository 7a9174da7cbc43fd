import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageSource } from '../../images/archive.ts';
import { inspectImage } from '../../images/archive.ts';
import { formatImageName, parseImageName } from '../../images/image-name.ts';
import { pushImage } from '../../images/push.ts';
import { gatewayAddress } from '../../network/layout.ts';
import { registryPort } from '../addresses.ts';
import type { ClusterConfig } from '../config.ts';
import { writeAllRegistryHosts } from '../node-files.ts';
import type { ClusterPaths } from '../paths.ts';
import { pkiFiles } from '../pki/plan.ts';
import { listens } from '../reach-server.ts';
import { registryComponent, registryServer } from '../registry.ts';
import { readComponents, writeComponent } from '../supervisor/component-files.ts';
import { UserError } from '../user-error.ts';

/** Puts an image into the cluster's registry, which is started where it was not; returns the image's full name. */
export async function loadImage(
  config: ClusterConfig,
  paths: ClusterPaths,
  path: string,
  name?: string,
): Promise<string> {
  if (!existsSync(paths.run)) throw new UserError(`cluster "${config.name}" is not running: "cox up" starts it.`);
  const source = await asUserError(() => inspectImage(path));
  const target = parsedName(source, path, name);
  await startRegistry(config, paths);
  const { authority, registryClient } = pkiFiles(paths.pki);
  await pushImage(source, target, {
    server: registryServer(config),
    tls: { cert: registryClient.certificateFile, key: registryClient.keyFile, ca: authority.certificateFile },
  });
  await writeAllRegistryHosts(config, paths);
  return formatImageName(target);
}

function parsedName(source: ImageSource, path: string, name: string | undefined): ReturnType<typeof parseImageName> {
  const text = name ?? source.name;
  if (text === undefined)
    throw new UserError(
      `${path} does not say what its image is called: give the name behind it, for example "cox image load ${path} app:1.0".`,
    );
  try {
    return parseImageName(text);
  } catch (error) {
    throw new UserError(`${(error as Error).message}.`, { cause: error });
  }
}

async function asUserError<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new UserError(
      `${(error as Error).message}: give an OCI image layout, an OCI archive or what "docker save" writes.`,
      { cause: error },
    );
  }
}

async function startRegistry(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  const component = registryComponent(config, paths);
  if (!readComponents(paths).has(component.name)) writeComponent(paths, component);
  const end = performance.now() + 15_000;
  while (!(await listens(gatewayAddress(config), registryPort))) {
    if (performance.now() > end)
      throw new UserError(`the cluster's registry does not start: "cox logs ${component.name}" says why.`);
    await sleep(20);
  }
}
