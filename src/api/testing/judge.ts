import type { Cell, KindDefinition } from '../kind.ts';
import type { KubeObject } from '../object.ts';

/** The hour at which objects are made in tests. */
export const testTime = '2026-01-01T00:00:00Z';
const request = { now: testTime, user: 'tester' };

/** A new object of a kind, with what the server fills in. */
export function made<T extends KubeObject>(kind: KindDefinition<T>, sent: object): T {
  const metadata = { name: 'test', uid: 'u', resourceVersion: '1', creationTimestamp: testTime };
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const scope = kind.namespaced ? { namespace: 'default' } : {};
  const { metadata: given } = sent as { readonly metadata?: object };
  const object = { apiVersion, kind: kind.kind, ...sent, metadata: { ...metadata, ...scope, ...given } };
  const complete = kind.defaults?.(object as unknown as T) ?? (object as unknown as T);
  return kind.prepareForCreate?.(complete, request) ?? complete;
}

/** The faults of an object, or of the change that made it, as `field: message`. */
export function faultsOf<T extends KubeObject>(kind: KindDefinition<T>, object: T, old?: T): string[] {
  const changed = old === undefined ? object : (kind.prepareForUpdate?.(object, old, request) ?? object);
  const errors = [
    ...(kind.validate?.(changed) ?? []),
    ...(old === undefined ? (kind.validateCreate?.(changed) ?? []) : (kind.validateUpdate?.(changed, old) ?? [])),
  ];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

/** The faults of a status that is reported of an object, as `field: message`. */
export function statusFaultsOf<T extends KubeObject>(kind: KindDefinition<T>, old: T, status: object): string[] {
  const errors = kind.validateStatus?.({ ...old, status }, old) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

/** What the columns of a kind show of an object, five minutes after `testTime`, by column. */
export function cellsOf<T extends KubeObject>(kind: KindDefinition<T>, object: T): Record<string, Cell> {
  const now = Date.parse(testTime) + 300_000;
  return Object.fromEntries((kind.columns ?? []).map((column) => [column.name, column.cell(object, now)]));
}
