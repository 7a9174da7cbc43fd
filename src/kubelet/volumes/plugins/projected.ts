import { join } from 'node:path';
import type {
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../../api/core/volume.schema.ts';
import { readFileIfExists } from '../../../system/files.ts';
import type { Payload, PayloadFile } from '../atomic-writer.ts';
import type { VolumeContext } from '../context.ts';
import { commonUserOf, fsGroupOf } from '../context.ts';
import { VolumeFault } from '../fault.ts';
import { volumeDirectory } from '../paths.ts';
import { configMapPayload, downwardPayload, secretPayload } from '../payload.ts';
import { needsRenewal, requestToken } from '../token-source.ts';
import type { ContentVolume } from './content.ts';
import { orNothing } from './optional.ts';

/** The token that is in the volume now, if it is still good, or else a new one. */
async function currentToken(context: VolumeContext, source: ServiceAccountTokenProjection): Promise<string> {
  const { client, name, now, pod, podDirectory } = context;
  const path = join(volumeDirectory(podDirectory, 'projected', name), '..data', source.path);
  const old = await readFileIfExists(path);
  const { expirationSeconds = 3600 } = source;
  if (old !== undefined && !needsRenewal(old, expirationSeconds, now() / 1000, Math.random())) return old;
  return requestToken(client, pod, source);
}

async function tokenFile(
  context: VolumeContext,
  source: ServiceAccountTokenProjection,
  defaultMode: number,
): Promise<PayloadFile> {
  const data = Buffer.from(await currentToken(context, source));
  const user = commonUserOf(context.pod);
  // Where it is known who reads it, nobody else may.
  const mode = user !== undefined || fsGroupOf(context.pod) !== undefined ? 0o600 : defaultMode;
  return { data, mode, ...(user === undefined ? {} : { user }) };
}

async function projection(context: VolumeContext, source: VolumeProjection, defaultMode: number): Promise<Payload> {
  const { allocatable, maxAgeMs, objects, pod } = context;
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const { namespace } = pod.metadata;
  if (configMap !== undefined) {
    const { name = '', items, optional = false } = configMap;
    const object = await orNothing(optional, objects.configMap(namespace, name, maxAgeMs));
    return configMapPayload(object ?? {}, { items, defaultMode, optional });
  }
  if (secret !== undefined) {
    const { name = '', items, optional = false } = secret;
    const object = await orNothing(optional, objects.secret(namespace, name, maxAgeMs));
    return secretPayload(object ?? {}, { items, defaultMode, optional });
  }
  if (downwardAPI !== undefined) return downwardPayload(downwardAPI.items, { pod, defaultMode, allocatable });
  if (serviceAccountToken !== undefined) {
    return new Map([[serviceAccountToken.path, await tokenFile(context, serviceAccountToken, defaultMode)]]);
  }
  const [kind = 'an empty source'] = Object.keys(source);
  throw new VolumeFault('Unsupported', `projection of ${kind} is not supported by this kubelet`);
}

/** The files of a `projected` volume; all sources that fail are named in the error, as upstream does. */
export async function projectedVolume(context: VolumeContext, source: ProjectedVolumeSource): Promise<ContentVolume> {
  const { sources = [], defaultMode = 0o644 } = source;
  const results = await Promise.allSettled(sources.map((each) => projection(context, each, defaultMode)));
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const [first, ...more] = reasons;
  if (first !== undefined) {
    if (more.length === 0) throw first;
    const texts = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)));
    throw new VolumeFault('NotReady', `[${texts.join(', ')}]`, { cause: first });
  }
  const payload = new Map(results.flatMap((result) => (result.status === 'fulfilled' ? [...result.value] : [])));
  return { plugin: 'projected', inMemory: true, payload };
}
