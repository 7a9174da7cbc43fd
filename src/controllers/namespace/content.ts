import type { KubeObject } from '../../api/object.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { collectionPath } from '../../client/resource-path.ts';
import type { ServedApi, ServedResource } from '../discovery.ts';
import { readJson } from '../raw-request.ts';

/** What an attempt to empty a namespace has come to. */
export interface ContentReport {
  readonly undiscovered: ServedApi['failures'];
  readonly errors: readonly unknown[];
  /** How many objects are left, by `plural.group`. */
  readonly remaining: ReadonlyMap<string, number>;
  /** How many objects each finalizer holds. */
  readonly finalizers: ReadonlyMap<string, number>;
}

const pageSize = 500;

/**
 * Asks for the deletion of everything in a namespace: pods first, and the rest once they have gone, so that nothing
 * that a pod lives by vanishes under it (upstream's ordered namespace deletion).
 */
export async function deleteContent(client: ApiClient, api: ServedApi, namespace: string): Promise<ContentReport> {
  const report = new Report(api.failures);
  const deletable = api.resources.filter(
    ({ namespaced, verbs }) => namespaced && verbs.has('list') && verbs.has('delete'),
  );
  const pods = deletable.filter(({ group, plural }) => group === '' && plural === 'pods');
  const rest = deletable.filter((resource) => !pods.includes(resource));
  await Promise.all(pods.map((resource) => empty(client, resource, { namespace, report })));
  if (report.remaining.size > 0) return report;
  await Promise.all(rest.map((resource) => empty(client, resource, { namespace, report })));
  return report;
}

class Report implements ContentReport {
  readonly undiscovered: ServedApi['failures'];
  readonly errors: unknown[] = [];
  readonly remaining = new Map<string, number>();
  readonly finalizers = new Map<string, number>();

  constructor(undiscovered: ServedApi['failures']) {
    this.undiscovered = undiscovered;
  }

  add({ plural, group }: ServedResource, objects: readonly KubeObject[]): void {
    if (objects.length === 0) return;
    this.remaining.set(`${plural}.${group}`, objects.length);
    for (const finalizer of objects.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
      this.finalizers.set(finalizer, (this.finalizers.get(finalizer) ?? 0) + 1);
    }
  }
}

interface Emptying {
  readonly namespace: string;
  readonly report: Report;
}

async function empty(client: ApiClient, resource: ServedResource, { namespace, report }: Emptying): Promise<void> {
  try {
    // Most kinds have no objects here, and one look costs less than a deletion.
    const { items } = await client.list(resource, { namespace, limit: 1 });
    if (items.length === 0) return;
    await (resource.verbs.has('deletecollection')
      ? deleteAtOnce(client, resource, namespace)
      : deleteOneByOne(client, resource, namespace));
    report.add(resource, await listAll(client, resource, namespace));
  } catch (error) {
    // The kind has been taken from the server meanwhile, and its objects with it.
    if (!isStatus(error, 'NotFound', 'MethodNotAllowed')) report.errors.push(error);
  }
}

async function deleteAtOnce(client: ApiClient, resource: ServedResource, namespace: string): Promise<void> {
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
  await readJson(client, 'DELETE', collectionPath(resource, namespace), options);
}

async function deleteOneByOne(client: ApiClient, resource: ServedResource, namespace: string): Promise<void> {
  for (const { metadata } of await listAll(client, resource, namespace)) {
    try {
      await client.delete(resource, { namespace, name: metadata.name }, { propagationPolicy: 'Background' });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
}

async function listAll(client: ApiClient, resource: ServedResource, namespace: string): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  let token: string | undefined;
  do {
    const page = await client.list(resource, {
      namespace,
      limit: pageSize,
      ...(token === undefined ? {} : { continue: token }),
    });
    objects.push(...page.items);
    token = page.continue;
  } while (token !== undefined);
  return objects;
}
