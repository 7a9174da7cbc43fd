import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../src/api/object.ts';
import { typicalPod } from '../../src/machinery/testing/typical-pod.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { createLogger } from '../../src/system/logger.ts';

/** Of pods there are at most so many, the other objects are ConfigMaps. */
export const mostPods = 10_000;
const nodes = 100;

const namespace = 'default';
export const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
export const podName = (index: number): string => `pod-${String(index).padStart(6, '0')}`;
const mapName = (index: number): string => `map-${String(index).padStart(6, '0')}`;

/** A ConfigMap of 2 KB once it is stored, as a client sends it. */
export function configMap(name: string): Buffer {
  return Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(1650) } }),
  );
}

function pod(index: number): object {
  const { metadata, ...rest } = typicalPod(podName(index));
  return { ...rest, metadata, spec: { ...rest.spec, nodeName: `node-${index % nodes}` } };
}

/** The path of some stored object. */
export function pathOf(index: number, count: number): string {
  const pods = Math.min(count, mostPods);
  return index % count < pods
    ? `/api/v1/namespaces/${namespace}/pods/${podName(index % count)}`
    : `${configMaps}/${mapName(index % count)}`;
}

/**
 * Writes so many objects into a new store, as the server would have: through HTTP it would take minutes, and it is
 * measured by itself.
 */
export async function fill(directory: string, count: number): Promise<void> {
  process.env['COX_LOG_LEVEL'] ??= 'warn';
  const store = await openSqliteStore({ directory, logger: createLogger('store') });
  const create = (index: number): Promise<unknown> => {
    if (index < mostPods) {
      const object = pod(index) as KubeObject;
      const metadata = { ...object.metadata, uid: randomUUID() };
      return store.create(`/pods/${namespace}/${podName(index)}`, { ...object, metadata });
    }
    const name = mapName(index);
    const object = JSON.parse(configMap(name).toString()) as KubeObject;
    const metadata = { ...object.metadata, namespace, uid: randomUUID(), creationTimestamp: '2026-01-02T03:04:05Z' };
    return store.create(`/configmaps/${namespace}/${name}`, {
      ...object,
      metadata: { ...metadata, managedFields: managedFields as unknown as [] },
    });
  };
  for (let from = 0; from < count; from += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - from) }, (_, index) => create(from + index)));
  }
  await store.close();
}

/** As a create records them. */
const managedFields = [
  {
    manager: 'bench',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-02T03:04:05Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': { '.': {}, 'f:text': {} } },
  },
];
