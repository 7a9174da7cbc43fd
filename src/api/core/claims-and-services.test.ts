import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf, made } from '../testing/judge.ts';
import { persistentVolumeClaimKind } from './persistent-volume-claim.ts';
import { persistentVolumeKind } from './persistent-volume.ts';
import { serviceKind } from './service.ts';

type Claim = ReturnType<typeof claim>;
const claim = (storage: string, spec: object = {}) =>
  made(persistentVolumeClaimKind, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
  });
const bound = (storage: string, capacity: string, spec: object = {}): Claim => ({
  ...claim(storage, spec),
  status: { phase: 'Bound', capacity: { storage: capacity } },
});

describe('a change of a claim', () => {
  const fixed =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  const cases: Record<string, readonly [old: Claim, next: Claim, ...faults: string[]]> = {
    'more storage': [bound('1Gi', '1Gi'), bound('2Gi', '1Gi')],
    'more storage before there is any': [claim('1Gi'), claim('2Gi'), fixed],
    'less than it could not get': [bound('3Gi', '1Gi'), bound('2Gi', '1Gi')],
    'less than it has': [
      bound('3Gi', '2Gi'),
      bound('2Gi', '2Gi'),
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ],
    'its volume': [claim('1Gi'), claim('1Gi', { volumeName: 'v' })],
    'another volume': [claim('1Gi', { volumeName: 'v' }), claim('1Gi', { volumeName: 'w' }), fixed],
    'a class, later': [claim('1Gi'), claim('1Gi', { storageClassName: 'fast' })],
    'no attributes any more': [
      bound('1Gi', '1Gi', { volumeAttributesClassName: 'a' }),
      bound('1Gi', '1Gi'),
      fixed,
      'spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
    ],
  };
  for (const [name, [old, next, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(persistentVolumeClaimKind, next, old), faults));
  }
});

it('a claim may copy another claim, and nothing else of the core', () => {
  assert.deepEqual(faultsOf(persistentVolumeClaimKind, claim('1Gi', { dataSource: { kind: 'Pod', name: 'a' } })), [
    'spec.dataSource: Invalid value: "Pod"',
    'spec.dataSourceRef: Invalid value: "Pod"',
  ]);
});

it('a volume stays where it is', () => {
  const volume = (spec: object) =>
    made(persistentVolumeKind, {
      spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/a' }, ...spec },
      status: {},
    });
  assert.deepEqual(faultsOf(persistentVolumeKind, volume({ hostPath: { path: '/b' } }), volume({})), [
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
  ]);
  assert.deepEqual(persistentVolumeKind.warnings?.(volume({ persistentVolumeReclaimPolicy: 'Recycle' }), undefined), [
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
  ]);
});

it('a Service without an address is told what it does not get', () => {
  const service = (spec: object) => made(serviceKind, { spec: { ports: [{ port: 80 }], ...spec } });
  const ignored = { sessionAffinity: 'ClientIP', externalIPs: ['192.0.2.1'] };
  assert.deepEqual(serviceKind.warnings?.(service(ignored), undefined), []);
  assert.deepEqual(serviceKind.warnings?.(service({ ...ignored, clusterIP: 'None' }), undefined), [
    'spec.externalIPs is ignored for headless services',
    'spec.SessionAffinity is ignored for headless services',
  ]);
});
