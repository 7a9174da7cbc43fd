import { defineKind } from '../kind.ts';
import { CSIDriver } from './csi-driver.schema.ts';

export const csiDriverKind = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  schema: CSIDriver,
});
