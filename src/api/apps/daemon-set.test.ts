import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonSetKind } from './daemon-set.ts';
import type { DaemonSet } from './daemon-set.schema.ts';

const request = { now: '2026-01-01T00:00:00Z', user: 'test' };
const annotation = 'deprecated.daemonset.template.generation';

const daemonSet = (image: string, annotations: Record<string, string> = {}): DaemonSet =>
  ({ metadata: { annotations }, spec: { template: { spec: { containers: [{ image }] } } } }) as unknown as DaemonSet;

test('the annotation counts the templates, whatever clients write', () => {
  const made = daemonSetKind.prepareForCreate?.(daemonSet('a', { [annotation]: '7' }), request) as DaemonSet;
  assert.equal(made.metadata.annotations?.[annotation], '1');
  const kept = daemonSetKind.prepareForUpdate?.(daemonSet('a', { own: 'x' }), made, request);
  assert.deepEqual(kept?.metadata.annotations, { own: 'x', [annotation]: '1' });
  const changed = daemonSetKind.prepareForUpdate?.(daemonSet('b'), made, request);
  assert.deepEqual(changed?.metadata.annotations, { [annotation]: '2' });
});
