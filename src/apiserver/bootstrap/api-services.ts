import type { AnyKind } from '../../api/kind.ts';
import { apiServiceKind } from '../../api/apiregistration/api-service.ts';
import type { APIService } from '../../api/apiregistration/api-service.schema.ts';
import type { KubeObject, Unsaved } from '../../api/object.ts';
import { StoreError } from '../../store/store.ts';
import type { Core } from '../registry/core.ts';
import { prefixOf } from '../registry/keys.ts';
import { ensureObject } from './ensure.ts';

/** By what the server knows the objects that it has made; those of custom groups go when their group goes. */
const label = 'kube-aggregator.kubernetes.io/automanaged';

/** Where each group stands in upstream's order; all others are custom. */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'resource.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'metrics.k8s.io': 100,
};
const versionPriorities: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'metrics.k8s.io/v1beta1': 100,
};
const usualVersionPriority = 15;
const custom = { groupPriorityMinimum: 1000, versionPriority: 100 };

type Address = Pick<AnyKind, 'group' | 'version'>;
const nameOf = ({ group, version }: Address): string => `${version}.${group}`;

/** The object that says that this server answers for one version of a group. */
export function localApiService({ group, version }: Address): Unsaved<KubeObject> {
  const groupPriorityMinimum = groupPriorities[group];
  const isBuiltIn = groupPriorityMinimum !== undefined;
  const versionPriority = versionPriorities[`${group}/${version}`] ?? usualVersionPriority;
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: nameOf({ group, version }), labels: { [label]: isBuiltIn ? 'onstart' : 'true' } },
    spec: {
      ...(group === '' ? {} : { group }),
      version,
      ...(isBuiltIn ? { groupPriorityMinimum, versionPriority } : custom),
    },
  } as Unsaved<KubeObject>;
}

/** Keeps one APIService for each group and version that is served, custom ones included. */
export class LocalApiServices {
  readonly #core: Core;
  #following: { stop(): void } | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Makes what is missing, and follows what is served from then on. */
  async start(): Promise<void> {
    await this.#sync();
    this.#following = this.#core.kinds.onChange(() => this.#wake());
  }

  /** Follows no more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#following?.stop();
    this.#following = undefined;
    await this.#running;
  }

  #wake(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    while (this.#again && this.#following !== undefined) {
      this.#again = false;
      try {
        await this.#sync();
      } catch (err) {
        if (err instanceof StoreError && err.code === 'closed') return;
        this.#core.logger.error({ err }, 'APIServices could not be brought up to date');
      }
    }
  }

  async #sync(): Promise<void> {
    const { store, kinds } = this.#core;
    // The group that holds these objects does not list itself.
    const served = kinds.all().filter(({ group }) => group !== apiServiceKind.group);
    const wanted = new Map(served.map((kind) => [nameOf(kind), kind]));
    const { items } = await store.list(prefixOf(apiServiceKind));
    for (const { key, revision, object } of items) {
      const { metadata } = object as APIService;
      const isOurs = metadata.labels?.[label] !== undefined;
      if (isOurs && !wanted.has(metadata.name)) await this.#remove(key, revision);
      wanted.delete(metadata.name);
    }
    await Promise.all([...wanted.values()].map((kind) => ensureObject(this.#core, localApiService(kind))));
  }

  async #remove(key: string, revision: number): Promise<void> {
    try {
      await this.#core.store.delete(key, revision);
    } catch (error) {
      // Somebody has changed or removed it meanwhile; the next round sees what is left.
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
      this.#again = true;
    }
  }
}
