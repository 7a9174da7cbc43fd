import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { events, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../api/resources.ts';
import { pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { claim, volume } from '../testing/volumes.ts';
import type { ReclaimPlan } from './reconcile.ts';
import { reconcileVolume, volumeFinalizer } from './reconcile.ts';
import { bootstrapStorageClass } from './storage-class.ts';

describe('what becomes of a volume', () => {
  const name = 'pvc-00000000-0000-4000-8000-000000000001';
  const annotations = { 'pv.kubernetes.io/provisioned-by': 'coxswain.dev/host-path' };
  const made = (path: string, change: Partial<PersistentVolume['spec']> = {}, called = name): PersistentVolume =>
    volume(called, {
      metadata: { annotations, finalizers: [volumeFinalizer] },
      spec: { hostPath: { path }, persistentVolumeReclaimPolicy: 'Delete', ...change },
      status: { phase: 'Released' },
    });
  const cases: Record<string, readonly [PersistentVolume, ReclaimPlan['type'] | readonly string[]]> = {
    released: [made(`/volumes/${name}`), 'delete'],
    'of somebody else': [{ ...made(`/volumes/${name}`), metadata: volume(name).metadata }, 'none'],
    'to be kept': [made(`/volumes/${name}`, { persistentVolumeReclaimPolicy: 'Retain' }), []],
    'pointing elsewhere': [made('/etc'), 'refuse'],
    'pointing upwards': [made(`/volumes/${name}/../../etc`), 'refuse'],
    'of a name that leads elsewhere': [made('/volumes/..', {}, '..'), 'refuse'],
    'without a path': [made('', { hostPath: undefined }), 'refuse'],
    'in use': [{ ...made(`/volumes/${name}`), status: { phase: 'Bound' } }, 'none'],
  };
  for (const [title, [subject, expected]] of Object.entries(cases)) {
    it(title, () => {
      const plan = reconcileVolume(subject, '/volumes');
      assert.deepEqual(plan.type === 'finalizers' ? plan.finalizers : plan.type, expected);
    });
  }
});

test('a claim gets a folder, keeps it while a pod uses it, and gives it back', async () => {
  const volumesDirectory = await mkdtemp(join(tmpdir(), 'cox-volumes-'));
  try {
    await withControllers(
      async (server) => {
        server.seed(storageClasses, bootstrapStorageClass());
        server.seed(persistentVolumeClaims, claim('web', { spec: { storageClassName: undefined }, status: {} }));
        const bound = await eventually('a bound claim', () => {
          const stored = server.stored(persistentVolumeClaims, 'web', 'default');
          return stored?.status.phase === 'Bound' && (stored.metadata.finalizers ?? []).length > 0 && stored;
        });
        const name = `pvc-${bound.metadata.uid}`;
        assert.equal(bound.spec.volumeName, name);
        assert.deepEqual(bound.status.capacity, { storage: '1Gi' });
        const made = await eventually('a bound volume', () => {
          const stored = server.stored(persistentVolumes, name);
          return stored?.status.phase === 'Bound' && (stored.metadata.finalizers ?? []).length === 2 && stored;
        });
        const path = join(volumesDirectory, name);
        assert.deepEqual(made.spec.hostPath, { path, type: 'DirectoryOrCreate' });
        assert.equal((await stat(path)).mode & 0o777, 0o777);
        await writeFile(join(path, 'data'), 'x');
        await symlink('/etc', join(path, 'link'));
        const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'web' } }];
        server.seed(pods, pod('user', { node: 'n1', spec: { volumes } }));
        await server.delete(persistentVolumeClaims, { name: 'web', namespace: 'default' });
        await new Promise((resolve) => {
          setTimeout(resolve, 30);
        });
        assert.ok(server.stored(persistentVolumeClaims, 'web', 'default') !== undefined);
        await server.delete(pods, { name: 'user', namespace: 'default' }, { gracePeriodSeconds: 0 });
        await eventually('no volume', () => server.all(persistentVolumes).length === 0);
        assert.deepEqual(await readdir(volumesDirectory), []);
        assert.ok((await stat('/etc/passwd')).size > 0);
        await eventually('events', () => {
          const reasons = new Set(server.all(events).map(({ reason }) => reason));
          return ['ExternalProvisioning', 'Provisioning', 'ProvisioningSucceeded'].every((reason) =>
            reasons.has(reason),
          );
        });
      },
      { volumesDirectory },
    );
  } finally {
    await rm(volumesDirectory, { recursive: true });
  }
});

test('a claim without a class waits for a volume, and gets the one that comes', async () => {
  await withControllers(async (server) => {
    server.seed(persistentVolumeClaims, claim('web'));
    await eventually('the event', () => server.all(events).some(({ reason }) => reason === 'FailedBinding'));
    server.seed(persistentVolumes, volume('v', { status: {} }));
    await eventually(
      'a bound claim',
      () => server.stored(persistentVolumeClaims, 'web', 'default')?.status.phase === 'Bound',
    );
    await server.delete(persistentVolumeClaims, { name: 'web', namespace: 'default' });
    await eventually('a released volume', () => server.stored(persistentVolumes, 'v')?.status.phase === 'Released');
  });
});
