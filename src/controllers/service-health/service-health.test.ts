import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import { pod, service } from '../testing/objects.ts';
import { diagnose, reconcile } from './reconcile.ts';

const labels = { app: 'web' };
const withStatus = (status: Partial<Pod['status']>, spec: Partial<Pod['spec']> = {}): Pod => {
  const base = pod('web-1', { labels, spec });
  return { ...base, status: { ...base.status, ...status } };
};
const container = { name: 'main', image: 'web:1', ports: [{ name: 'http', containerPort: 8080 }], resources: {} };
const running = { startedAt: '2026-01-01T00:00:00Z' };
const named = (targetPort: string | number): Service =>
  service('web', { ports: [{ port: 80, targetPort, protocol: 'TCP' }] });

describe('a Service', () => {
  const cases: Record<string, readonly [Service, readonly Pod[], RegExp | undefined]> = {
    'with a ready pod': [service('web'), [pod('web-1', { labels, ready: true })], undefined],
    'without pods': [service('web'), [], /^SelectorMatchesNoPods No pod has the labels .* app=web$/],
    'whose selector is misspelt': [
      service('web', { selector: { app: 'frontent' } }),
      [pod('web-1', { labels: { app: 'frontend' }, ready: true })],
      /app=frontent; pod web-1 has app=frontend, the selector says app=frontent$/,
    ],
    'whose pods are all on their way out': [
      service('web'),
      [pod('web-1', { labels, deleting: true })],
      /^SelectorMatchesNoPods/,
    ],
    'whose port name no container declares': [
      named('web'),
      [pod('web-1', { labels, ready: true })],
      /^TargetPortNotFound targetPort "web" of port 80\/TCP is the name of no container's port: pod web-1 declares http: 8080\/TCP$/,
    ],
    'whose port number no container declares, which says nothing': [
      named(9999),
      [pod('web-1', { labels, ready: true })],
      undefined,
    ],
    'whose pod cannot get its image': [
      service('web'),
      [
        withStatus({
          containerStatuses: [
            {
              name: 'main',
              ready: false,
              restartCount: 0,
              image: '',
              imageID: '',
              state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
            },
          ],
        }),
      ],
      /^NoReadyPods The only pod selected is not ready: web-1: container main waits: ImagePullBackOff \(no such image\)$/,
    ],
    'whose pod fails its probe': [
      service('web'),
      [
        withStatus(
          {
            containerStatuses: [
              { name: 'main', ready: false, restartCount: 0, image: '', imageID: '', state: { running } },
            ],
          },
          { containers: [{ ...container, readinessProbe: { httpGet: { path: '/ok', port: 8080 } } }] },
        ),
      ],
      /the readiness probe of container main fails \(GET \/ok on port 8080\)$/,
    ],
    'that publishes pods before they are ready': [
      service('web', { publishNotReadyAddresses: true }),
      [pod('web-1', { labels })],
      undefined,
    ],
  };
  for (const [name, [subject, pods, expected]] of Object.entries(cases)) {
    test(name, () => {
      const finding = diagnose(subject, pods);
      if (expected === undefined) assert.equal(finding, undefined);
      else assert.match(`${finding?.reason} ${finding?.message}`, expected);
    });
  }
});

test('a finding is told once, when it has lasted, and anew when it comes back', () => {
  const finding = { reason: 'SelectorMatchesNoPods', message: 'none', graceMs: 10_000 } as const;
  const first = reconcile(finding, undefined, 0);
  assert.deepEqual([first.event, first.requeueAfter], [undefined, 10_000]);
  const still = reconcile(finding, first.noted, 4000);
  assert.deepEqual([still.event, still.requeueAfter], [undefined, 6000]);
  const told = reconcile(finding, still.noted, 10_000);
  assert.equal(told.event?.type, 'Warning');
  assert.equal(reconcile(finding, told.noted, 20_000).event, undefined);
  const mended = reconcile(undefined, told.noted, 21_000);
  assert.equal(reconcile(finding, mended.noted, 22_000).requeueAfter, 10_000);
});
