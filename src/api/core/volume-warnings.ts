import { fractionWarning } from './fraction-warning.ts';
import type { Volume, VolumeProjection } from './volume.schema.ts';

const dead = 'non-functional in';
/** Kinds of volumes on their way out, by field; in the order in which they are reported. */
const deprecated: Readonly<Record<string, string>> = {
  photonPersistentDisk: `deprecated in v1.11, ${dead} v1.16+`,
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: `deprecated in v1.16, ${dead} v1.22+`,
  flocker: `deprecated in v1.22, ${dead} v1.25+`,
  storageos: `deprecated in v1.22, ${dead} v1.25+`,
  quobyte: `deprecated in v1.22, ${dead} v1.25+`,
  glusterfs: `deprecated in v1.25, ${dead} v1.26+`,
  cephfs: `deprecated in v1.28, ${dead} v1.31+`,
  rbd: `deprecated in v1.28, ${dead} v1.31+`,
};

const quoted = (text: string | undefined): string => JSON.stringify(text ?? '');

function overlaps(a: string, b: string): boolean {
  return a !== '' && b !== '' && (a === b || `${a}/`.startsWith(b) || `${b}/`.startsWith(a));
}

/** Files that would lie in the same place, or one in the other. */
function pathWarnings(paths: readonly string[], what: string): string[] {
  const plain = paths.map((path) => path.replace(/\/+$/, ''));
  return plain.flatMap((path, index) => {
    const other = plain.slice(0, index).find((before) => overlaps(before, path));
    return other === undefined ? [] : [`${what}: overlapping paths: ${quoted(path)} with ${quoted(other)}`];
  });
}

type Items = readonly { readonly path: string }[] | undefined;
const pathsOf = (items: Items): string[] => (items ?? []).map(({ path }) => path);

function projectedPaths(source: VolumeProjection): readonly [what: string, paths: readonly string[]] {
  const { configMap, secret, downwardAPI, serviceAccountToken: token, clusterTrustBundle: bundle } = source;
  if (configMap !== undefined) return [`Projected ConfigMap ${quoted(configMap.name)}`, pathsOf(configMap.items)];
  if (secret !== undefined) return [`Projected Secret ${quoted(secret.name)}`, pathsOf(secret.items)];
  if (downwardAPI !== undefined) return ['Projected DownwardAPI', pathsOf(downwardAPI.items)];
  if (token !== undefined) return ['Projected ServiceAccountToken', [token.path]];
  const name = bundle?.name ?? bundle?.signerName;
  return [`Projected ClusterTrustBundle ${quoted(name)}`, bundle === undefined ? [] : [bundle.path]];
}

function projectedWarnings({ name, projected }: Volume): string[] {
  const taken: string[] = [];
  return (projected?.sources ?? []).flatMap((source) => {
    if (Object.values(source).every((value) => value === undefined)) {
      return [`volume ${quoted(name)} (Projected) has no sources provided`];
    }
    const [what, paths] = projectedPaths(source);
    const label = `volume ${quoted(name)} (${what})`;
    const own = pathWarnings(paths, label);
    const withOthers = pathWarnings([...new Set([...taken, ...paths])].toSorted(), label);
    taken.push(...paths);
    return [...own, ...withOthers];
  });
}

function overlapWarnings(volume: Volume): string[] {
  const { name, configMap, secret, downwardAPI } = volume;
  const label = `volume ${quoted(name)}`;
  return [
    ...pathWarnings(pathsOf(configMap?.items), `${label} (ConfigMap ${quoted(configMap?.name)})`),
    ...pathWarnings(pathsOf(secret?.items), `${label} (Secret ${quoted(secret?.secretName)})`),
    ...pathWarnings(pathsOf(downwardAPI?.items), `${label} (DownwardAPI)`),
    ...projectedWarnings(volume),
  ];
}

/** Warns of volumes that no longer work, and of files that hide each other. */
export function volumeWarnings(volumes: readonly Volume[], path: string): string[] {
  const single = volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const present: ReadonlySet<string> = new Set(
      Object.entries(volume).flatMap(([field, value]) => (value === undefined ? [] : [field])),
    );
    const storage = volume.ephemeral?.volumeClaimTemplate?.spec.resources?.requests?.['storage'];
    return [
      ...Object.entries(deprecated)
        .filter(([field]) => present.has(field))
        .map(([field, message]) => `${at}.${field === 'storageos' ? 'storageOS' : field}: ${message}`),
      ...fractionWarning(storage, `${at}.ephemeral.volumeClaimTemplate.spec.resources.requests[storage]`),
    ];
  });
  return [...single, ...volumes.flatMap(overlapWarnings)];
}
