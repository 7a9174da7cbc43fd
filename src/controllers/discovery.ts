import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { resource } from '../api/resources.ts';
import type { ApiClient } from '../client/api-client.ts';
import { readJson } from './raw-request.ts';

/** A resource as the server offers it. */
export interface ServedResource extends Resource<KubeObject> {
  readonly verbs: ReadonlySet<string>;
}

export interface ServedApi {
  /** Each resource once, in its group's preferred version where that has it; no subresources. */
  readonly resources: readonly ServedResource[];
  /** Group versions whose resources cannot be learnt now, e.g. because an extension server is away. */
  readonly failures: readonly { readonly groupVersion: string; readonly error: unknown }[];
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly version: string }[];
    readonly preferredVersion?: { readonly version: string };
  }[];
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs?: readonly string[];
  }[];
}

/** Asks the server what it serves; callers that ask at the same time share one answer. */
export class Discovery {
  readonly #client: ApiClient;
  #underWay: Promise<ServedApi> | undefined;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** What is served now. Throws when not even the list of groups can be had. */
  async served(): Promise<ServedApi> {
    // Only an answer whose questions have not been asked yet is fresh enough for a second caller.
    this.#underWay ??= Promise.resolve().then(() => {
      this.#underWay = undefined;
      return discover(this.#client);
    });
    return this.#underWay;
  }
}

async function discover(client: ApiClient): Promise<ServedApi> {
  const versions = await groupVersions(client);
  const lists = await Promise.allSettled(versions.map((version) => resourcesOf(client, version)));
  const byName = new Map<string, ServedResource>();
  const failures: { groupVersion: string; error: unknown }[] = [];
  for (const [index, list] of lists.entries()) {
    const { group, version } = versions[index] ?? { group: '', version: '' };
    if (list.status === 'rejected') {
      failures.push({ groupVersion: group === '' ? version : `${group}/${version}`, error: list.reason });
      continue;
    }
    for (const served of list.value) {
      const name = `${served.plural}.${served.group}`;
      if (!byName.has(name)) byName.set(name, served);
    }
  }
  return { resources: [...byName.values()], failures };
}

/** All group versions, each group's preferred one first. */
async function groupVersions(client: ApiClient): Promise<readonly GroupVersion[]> {
  const [core, named] = await Promise.all([
    readJson<{ readonly versions: readonly string[] }>(client, 'GET', '/api'),
    readJson<GroupList>(client, 'GET', '/apis'),
  ]);
  const inGroups = named.groups.flatMap(({ name: group, versions, preferredVersion }) => {
    const preferred = preferredVersion?.version;
    const ordered = versions.map(({ version }) => version);
    const sorted =
      preferred === undefined ? ordered : [preferred, ...ordered.filter((version) => version !== preferred)];
    return sorted.map((version) => ({ group, version }));
  });
  return [...core.versions.map((version) => ({ group: '', version })), ...inGroups];
}

async function resourcesOf(client: ApiClient, { group, version }: GroupVersion): Promise<readonly ServedResource[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const { resources = [] } = await readJson<ResourceList>(client, 'GET', path);
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs = [] }) => ({
      ...resource<KubeObject>(group, version, name, kind, namespaced),
      verbs: new Set(verbs),
    }));
}
