import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { configMaps, secrets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { EnvironmentObjects } from './types.ts';

/** The names of the ConfigMaps and Secrets that a container's variables come from. */
export function environmentReferences({ env, envFrom }: Pick<Container, 'env' | 'envFrom'>): {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
} {
  const named = (refs: readonly ({ readonly name?: string | undefined } | undefined)[]): string[] => [
    ...new Set(refs.flatMap((ref) => (ref?.name === undefined || ref.name === '' ? [] : [ref.name]))),
  ];
  const variables = (env ?? []).map(({ valueFrom }) => valueFrom);
  const whole = envFrom ?? [];
  return {
    configMaps: named([
      ...whole.map(({ configMapRef }) => configMapRef),
      ...variables.map((source) => source?.configMapKeyRef),
    ]),
    secrets: named([...whole.map(({ secretRef }) => secretRef), ...variables.map((source) => source?.secretKeyRef)]),
  };
}

/**
 * Gets the ConfigMaps and Secrets that a container's variables name, as they are now; absent ones are left out. Throws
 * what the client throws for anything else.
 */
export async function fetchEnvironmentObjects(
  client: ApiClient,
  pod: Pod,
  container: Container,
): Promise<EnvironmentObjects> {
  const { namespace } = pod.metadata;
  async function fetchAll<T extends KubeObject>(
    resource: Resource<T>,
    names: readonly string[],
  ): Promise<Map<string, T>> {
    const found = await Promise.all(
      names.map(async (name): Promise<[string, T][]> => {
        try {
          return [[name, await client.get(resource, { name, namespace })]];
        } catch (error) {
          if (isStatus(error, 'NotFound')) return [];
          throw error;
        }
      }),
    );
    return new Map(found.flat());
  }
  const names = environmentReferences(container);
  const [maps, hidden] = await Promise.all([fetchAll(configMaps, names.configMaps), fetchAll(secrets, names.secrets)]);
  return { configMaps: maps, secrets: hidden };
}
