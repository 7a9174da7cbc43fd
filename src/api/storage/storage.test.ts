import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { csiDriverKind } from './csi-driver.ts';
import { csiNodeKind } from './csi-node.ts';
import { csiStorageCapacityKind } from './csi-storage-capacity.ts';
import { storageClassKind } from './storage-class.ts';
import { volumeAttachmentKind } from './volume-attachment.ts';
import { volumeAttributesClassKind } from './volume-attributes-class.ts';

describe('a StorageClass', () => {
  const storageClass = (more: object = {}) => made(storageClassKind, { provisioner: 'Example.com/disk', ...more });
  it('is for places that differ', () => {
    const term = (values: string[]) => ({ matchLabelExpressions: [{ key: 'zone', values }] });
    const allowedTopologies = [term(['a', 'b']), term(['b', 'a']), term(['c', 'c'])];
    assert.deepEqual(faultsOf(storageClassKind, storageClass({ allowedTopologies })), [
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
      'allowedTopologies[2].matchLabelExpressions[0].values[1]: Duplicate value: "c"',
    ]);
  });
  it('makes all its volumes alike, and none to be recycled', () => {
    const changed = storageClass({ parameters: { a: 'b' }, reclaimPolicy: 'Recycle', volumeBindingMode: 'Immediate' });
    assert.deepEqual(faultsOf(storageClassKind, changed, storageClass()), [
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'parameters: Forbidden: updates to parameters are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
    ]);
  });
});

it('a VolumeAttributesClass says something, and sticks to it', () => {
  const attributes = (parameters: object) => made(volumeAttributesClassKind, { driverName: 'd', parameters });
  assert.deepEqual(faultsOf(volumeAttributesClassKind, attributes({}), attributes({ iops: '5' })), [
    'parameters: Required value: must contain at least one key/value pair',
    'parameters: Forbidden: updates to parameters are forbidden.',
  ]);
  assert.deepEqual(cellsOf(volumeAttributesClassKind, attributes({})), { Name: 'test', DriverName: 'd', Age: '5m' });
});

describe('a CSIDriver', () => {
  const driver = (spec: object = {}) => made(csiDriverKind, { spec });
  it('is shown with what it gets', () => {
    assert.deepEqual(cellsOf(csiDriverKind, driver()), {
      Name: 'test',
      AttachRequired: true,
      PodInfoOnMount: false,
      StorageCapacity: false,
      TokenRequests: '<unset>',
      RequiresRepublish: false,
      Modes: 'Persistent',
      Age: '5m',
    });
  });
  it('asks for tokens that last, for one audience each', () => {
    const tokenRequests = [{ audience: 'a', expirationSeconds: 60 }, { audience: 'a' }];
    const faulty = driver({ tokenRequests, fsGroupPolicy: 'Some', volumeLifecycleModes: ['Brief'] });
    assert.deepEqual(faultsOf(csiDriverKind, faulty), [
      'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.volumeLifecycleModes: Unsupported value: "Brief": supported values: "Persistent", "Ephemeral"',
    ]);
    assert.deepEqual(faultsOf(csiDriverKind, driver({ attachRequired: false }), driver()), [
      'spec.attachedRequired: Invalid value: false: field is immutable',
    ]);
  });
});

it('a CSINode has each driver once; only the number of its volumes changes', () => {
  const node = (...drivers: object[]) => made(csiNodeKind, { spec: { drivers } });
  const old = node({ name: 'a.example.com', nodeID: 'n', allocatable: { count: 1 } });
  assert.deepEqual(
    faultsOf(csiNodeKind, node({ name: 'a.example.com', nodeID: 'n', allocatable: { count: 2 } }), old),
    [],
  );
  assert.deepEqual(faultsOf(csiNodeKind, node({ name: 'a.example.com', nodeID: 'm' }), old), [
    'spec.drivers: Invalid value: {"name":"a.example.com","nodeID":"m"}: field is immutable',
  ]);
  assert.deepEqual(faultsOf(csiNodeKind, node({ name: 'a', nodeID: '' }, { name: 'a', nodeID: 'n' })), [
    'spec.drivers[0].nodeID: Required value',
    'spec.drivers[1].name: Duplicate value: "a"',
  ]);
  assert.deepEqual(cellsOf(csiNodeKind, old), { Name: 'test', Drivers: 1, Age: '5m' });
  assert.deepEqual(made(csiNodeKind, { spec: {} }).spec, { drivers: [] });
});

it('a CSIStorageCapacity is shown by its class', () => {
  const capacity = made(csiStorageCapacityKind, { storageClassName: 'fast', capacity: '-1' });
  assert.deepEqual(cellsOf(csiStorageCapacityKind, capacity), {
    Name: 'test',
    StorageClassName: 'fast',
    Capacity: '-1',
  });
  assert.deepEqual(faultsOf(csiStorageCapacityKind, capacity), [
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ]);
});

it('a VolumeAttachment has one source, and keeps it', () => {
  const attachment = (source: object) =>
    made(volumeAttachmentKind, {
      spec: { attacher: 'a.example.com', nodeName: 'n', source },
      status: { attached: true },
    });
  const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  const named = attachment({ persistentVolumeName: 'pv' });
  assert.deepEqual(faultsOf(volumeAttachmentKind, attachment({})), [`spec.source: Required value: ${exactlyOne}`]);
  assert.deepEqual(faultsOf(volumeAttachmentKind, attachment({ persistentVolumeName: '', inlineVolumeSpec: {} })), [
    `spec.source: Forbidden: ${exactlyOne}`,
  ]);
  assert.equal(faultsOf(volumeAttachmentKind, attachment({ persistentVolumeName: 'other' }), named).length, 1);
  assert.deepEqual(cellsOf(volumeAttachmentKind, named), {
    Name: 'test',
    Attacher: 'a.example.com',
    PV: 'pv',
    Node: 'n',
    Attached: false,
    Age: '5m',
  });
});
