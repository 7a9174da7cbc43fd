import type { ContainerImage } from '../../api/core/node.schema.ts';
import type { ImageClient, RuntimeClient } from '../cri/connection.ts';
import { runtimeErrorText } from '../cri/errors.ts';
import type { RuntimeHealth } from './node-object.ts';

/** Asks the runtime how it is; never throws: no answer is an answer. */
export async function runtimeHealth(runtime: RuntimeClient, before: RuntimeHealth | undefined): Promise<RuntimeHealth> {
  try {
    const [{ status }, version] = await Promise.all([
      runtime.status({}, { timeoutMs: 5000 }),
      // Its version changes with a restart only, which an answer that fails shows.
      before?.complaint === undefined && before !== undefined ? before.version : runtimeVersion(runtime),
    ]);
    const conditions = status?.conditions ?? [];
    const complaints = [
      ['RuntimeReady', 'container runtime status check may not have completed yet'],
      ['NetworkReady', 'container runtime network not ready'],
    ].flatMap(([type = '', what = '']) => {
      const condition = conditions.find((item) => item.type === type);
      if (condition?.status === true) return [];
      const { reason = '', message = '' } = condition ?? {};
      return [`${what}: ${type}=false reason:${reason} message:${message}`];
    });
    return { version, complaint: complaints.length === 0 ? undefined : complaints.join(', ') };
  } catch (error) {
    return { version: before?.version ?? '', complaint: `container runtime is down: ${runtimeErrorText(error)}` };
  }
}

async function runtimeVersion(runtime: RuntimeClient): Promise<string> {
  const { runtimeName, runtimeVersion: version } = await runtime.version({}, { timeoutMs: 5000 });
  return `${runtimeName}://${version.replace(/^v/, '').replace(/[~+].*$/, '')}`;
}

/** No more images are listed in a node's status, as upstream has it. */
const mostImages = 50;
const mostNames = 5;

/** The images on the node as its status lists them: the largest first. */
export async function nodeImages(images: ImageClient): Promise<readonly ContainerImage[]> {
  const { images: all } = await images.listImages({}, { timeoutMs: 5000 });
  return all
    .map(({ repoTags, repoDigests, size }) => ({
      names: [...repoDigests, ...repoTags].slice(0, mostNames),
      sizeBytes: Number(size),
    }))
    .filter(({ names }) => names.length > 0)
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes || (a.names[0] ?? '').localeCompare(b.names[0] ?? ''))
    .slice(0, mostImages);
}
