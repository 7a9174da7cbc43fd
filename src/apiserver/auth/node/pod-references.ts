import type { Pod } from '../../../api/core/pod.schema.ts';

/** The names of the objects in its own namespace that a pod needs. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly serviceAccount: string;
}

const secretFields = new Set(['secretRef', 'secretKeyRef', 'nodePublishSecretRef', 'secret']);
const configMapFields = new Set(['configMapRef', 'configMapKeyRef', 'configMap']);

function nameIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  // Volumes say `secretName`, projected sources and environments `name`.
  const { name, secretName } = value as { name?: unknown; secretName?: unknown };
  const found = secretName ?? name;
  return typeof found === 'string' ? found : undefined;
}

/** What a pod refers to: by volumes, environments, pull secrets and its ServiceAccount. Pure. */
export function podReferences({ metadata, spec }: Pick<Pod, 'metadata' | 'spec'>): PodReferences {
  const secrets = new Set((spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []));
  const configMaps = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [field, inner] of Object.entries(value)) {
      const name = nameIn(inner);
      if (name !== undefined && secretFields.has(field)) secrets.add(name);
      else if (name !== undefined && configMapFields.has(field)) configMaps.add(name);
      visit(inner);
    }
  };
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    visit(container.env);
    visit(container.envFrom);
  }
  visit(spec.volumes);
  const claims = new Set<string>();
  for (const volume of spec.volumes ?? []) {
    if (volume.azureFile?.secretName !== undefined) secrets.add(volume.azureFile.secretName);
    if (volume.persistentVolumeClaim !== undefined) claims.add(volume.persistentVolumeClaim.claimName);
    if (volume.ephemeral !== undefined) claims.add(`${metadata.name}-${volume.name}`);
  }
  return { secrets, configMaps, claims, serviceAccount: spec.serviceAccountName ?? '' };
}
