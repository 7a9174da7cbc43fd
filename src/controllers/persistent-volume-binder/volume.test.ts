import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { claim, volume } from '../testing/volumes.ts';
import { volumeWithClaim, volumeWithoutClaim } from './binding.ts';
import type { VolumePlan } from './volume.ts';
import { reconcileVolume } from './volume.ts';

const web = claim('web');
const claimRef = { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'web', uid: web.metadata.uid };
const made = { annotations: { 'pv.kubernetes.io/provisioned-by': 'coxswain.dev/host-path' } };

describe('the plan for a volume', () => {
  const cases: Record<string, readonly [PersistentVolume, PersistentVolumeClaim | undefined, VolumePlan]> = {
    free: [volume('v'), undefined, { type: 'phase', phase: 'Available' }],
    'reserved by name': [
      volume('v', { spec: { claimRef: { ...claimRef, uid: undefined } } }),
      undefined,
      { type: 'phase', phase: 'Available' },
    ],
    bound: [
      volume('v', { spec: { claimRef } }),
      claim('web', { spec: { volumeName: 'v' } }),
      { type: 'phase', phase: 'Bound' },
    ],
    'half bound: the claim finishes it': [volume('v', { spec: { claimRef } }), web, { type: 'leave-to-claim' }],
    'its claim is gone': [volume('v', { spec: { claimRef } }), undefined, { type: 'release', failure: undefined }],
    'its claim is gone, and another has its name': [
      volume('v', { spec: { claimRef: { ...claimRef, uid: 'older' } } }),
      web,
      { type: 'release', failure: undefined },
    ],
    'its claim has another volume': [
      volume('v', { spec: { claimRef } }),
      claim('web', { spec: { volumeName: 'w' } }),
      { type: 'unbind' },
    ],
    'its claim has another volume, and it was made for that claim': [
      volume('v', { spec: { claimRef, persistentVolumeReclaimPolicy: 'Delete' }, metadata: made }),
      claim('web', { spec: { volumeName: 'w' } }),
      { type: 'release', failure: undefined },
    ],
  };
  for (const [name, [subject, named, expected]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(reconcileVolume(subject, named), expected));
  }
  it('says when nobody can delete it', () => {
    const plan = reconcileVolume(
      volume('v', { spec: { claimRef, persistentVolumeReclaimPolicy: 'Delete' } }),
      undefined,
    );
    assert.equal(
      plan.type === 'release' && plan.failure?.message,
      'error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
    );
  });
});

describe('a volume that is let go', () => {
  it("is nobody's when this controller had chosen it", () => {
    const freed = volumeWithoutClaim(volumeWithClaim(volume('v'), web));
    assert.equal(freed.spec.claimRef, undefined);
    assert.deepEqual(freed.metadata.annotations, {});
  });
  it('stays reserved when a person had reserved it', () => {
    const reservation = { namespace: 'default', name: 'web' };
    const freed = volumeWithoutClaim(volumeWithClaim(volume('v', { spec: { claimRef: reservation } }), web));
    assert.deepEqual(freed.spec.claimRef, { ...reservation, kind: 'PersistentVolumeClaim', apiVersion: 'v1' });
  });
});
