import type { ApiClient } from '../client/api-client.ts';
import type { PodTemplateSpec } from '../api/core/pod-template-spec.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import type { OwnerReference } from '../api/meta/meta.schema.ts';
import type { KubeObject, Unsaved } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { pods } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import { errorMessage } from './error-message.ts';
import type { PlannedEvent } from './planned-event.ts';
import { controllerReference } from './owner.ts';

/** A pod from a template, managed by `owner`; its name is left to the server unless `name` is given. */
export function podFromTemplate<O extends KubeObject>(
  template: PodTemplateSpec,
  options: { readonly owner: O; readonly resource: Resource<O>; readonly name?: string },
): Unsaved<Pod> {
  const { owner, resource, name } = options;
  const { labels, annotations, finalizers } = template.metadata;
  const ownerReferences: readonly OwnerReference[] = [controllerReference(owner, resource)];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name === undefined ? { generateName: `${owner.metadata.name}-` } : { name }),
      namespace: owner.metadata.namespace,
      labels,
      annotations,
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences,
    },
    spec: template.spec,
    status: {},
  };
}

interface PodWriterOptions {
  readonly client: ApiClient;
  /** Tells of what was done, about the owner. */
  readonly record: (event: PlannedEvent) => void;
}

/** Creates and deletes an owner's pods, with upstream's events. */
export class PodWriter {
  readonly #client: ApiClient;
  readonly #record: (event: PlannedEvent) => void;

  constructor({ client, record }: PodWriterOptions) {
    this.#client = client;
    this.#record = record;
  }

  /** Creates the pod; throws what the server answered. */
  async create(pod: Unsaved<Pod>): Promise<Pod> {
    try {
      const created = await this.#client.create(pods, pod);
      const message = `Created pod: ${created.metadata.name}`;
      this.#record({ type: 'Normal', reason: 'SuccessfulCreate', message });
      return created;
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        const message = `Error creating: ${errorMessage(error)}`;
        this.#record({ type: 'Warning', reason: 'FailedCreate', message });
      }
      throw error;
    }
  }

  /** Deletes the pod; false when it was gone already. Throws what else the server answered. */
  async delete(pod: Pod): Promise<boolean> {
    const { name, namespace, uid } = pod.metadata;
    try {
      await this.#client.delete(pods, { name, namespace }, { preconditions: { uid } });
    } catch (error) {
      if (isStatus(error, 'NotFound', 'Conflict')) return false;
      const message = `Error deleting: ${errorMessage(error)}`;
      this.#record({ type: 'Warning', reason: 'FailedDelete', message });
      throw error;
    }
    this.#record({ type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
    return true;
  }
}

/** True when nothing can be created any more because the namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    isStatus(error, 'Forbidden') &&
    (error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false)
  );
}

/**
 * Runs `count` times `task`, in batches of 1, 2, 4, …, and stops after a batch with a failure: when creation is
 * refused, it is refused once and not five hundred times. Returns how many succeeded, and the first error.
 */
export async function slowStart(
  count: number,
  task: () => Promise<unknown>,
): Promise<{ readonly succeeded: number; readonly error: unknown }> {
  let succeeded = 0;
  for (let size = Math.min(1, count); size > 0; size = Math.min(2 * size, count - succeeded)) {
    const results = await Promise.allSettled(Array.from({ length: size }, task));
    succeeded += results.filter(({ status }) => status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) return { succeeded, error: failed.reason };
  }
  return { succeeded, error: undefined };
}
