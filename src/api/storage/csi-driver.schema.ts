import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int64, list, message, optional, required, setOf, string } from '../schema.ts';

export const TokenRequest = message('io.k8s.api.storage.v1.TokenRequest', {
  audience: required(1, string),
  expirationSeconds: optional(2, int64),
});
export interface TokenRequest extends Infer<typeof TokenRequest> {}

export const CSIDriverSpec = message('io.k8s.api.storage.v1.CSIDriverSpec', {
  attachRequired: optional(1, boolean),
  podInfoOnMount: optional(2, boolean),
  volumeLifecycleModes: optional(3, setOf(string)),
  storageCapacity: optional(4, boolean),
  fsGroupPolicy: optional(5, string),
  tokenRequests: optional(6, list(TokenRequest)),
  requiresRepublish: optional(7, boolean),
  seLinuxMount: optional(8, boolean),
  nodeAllocatableUpdatePeriodSeconds: optional(9, int64),
  serviceAccountTokenInSecrets: optional(10, boolean),
  preventPodSchedulingIfMissing: optional(11, boolean),
});
export interface CSIDriverSpec extends Infer<typeof CSIDriverSpec> {}

export const CSIDriver = clusterObject('io.k8s.api.storage.v1.CSIDriver', {
  spec: required(2, CSIDriverSpec),
});
export interface CSIDriver extends Infer<typeof CSIDriver> {}
