import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int64, list, message, optional, present, required, string, time } from '../schema.ts';

export const BoundObjectReference = message('io.k8s.api.authentication.v1.BoundObjectReference', {
  kind: optional(1, string),
  apiVersion: optional(2, string),
  name: optional(3, string),
  uid: optional(4, string),
});
export interface BoundObjectReference extends Infer<typeof BoundObjectReference> {}

export const TokenRequestSpec = message('io.k8s.api.authentication.v1.TokenRequestSpec', {
  audiences: optional(1, list(string)),
  expirationSeconds: optional(4, int64),
  boundObjectRef: optional(3, BoundObjectReference),
});
export interface TokenRequestSpec extends Infer<typeof TokenRequestSpec> {}

export const TokenRequestStatus = message('io.k8s.api.authentication.v1.TokenRequestStatus', {
  token: required(1, string),
  expirationTimestamp: required(2, time),
});
export interface TokenRequestStatus extends Infer<typeof TokenRequestStatus> {}

/** The body of `serviceaccounts/X/token`. */
export const TokenRequest = namespacedObject('io.k8s.api.authentication.v1.TokenRequest', {
  spec: present(2, TokenRequestSpec),
  status: optional(3, TokenRequestStatus),
});
export interface TokenRequest extends Infer<typeof TokenRequest> {}
