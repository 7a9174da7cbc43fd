import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, bytes, int32, listMap, message, optional, present, required, string, time } from '../schema.ts';

const prefix = 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1';

export const ServiceReference = message(`${prefix}.ServiceReference`, {
  namespace: optional(1, string),
  name: optional(2, string),
  port: optional(3, int32),
});
export interface ServiceReference extends Infer<typeof ServiceReference> {}

export const APIServiceSpec = message(`${prefix}.APIServiceSpec`, {
  service: optional(1, ServiceReference),
  group: optional(2, string),
  version: optional(3, string),
  insecureSkipTLSVerify: optional(4, boolean),
  caBundle: optional(5, bytes),
  groupPriorityMinimum: required(7, int32),
  versionPriority: required(8, int32),
});
export interface APIServiceSpec extends Infer<typeof APIServiceSpec> {}

export const APIServiceCondition = message(`${prefix}.APIServiceCondition`, {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
});

export const APIServiceStatus = message(`${prefix}.APIServiceStatus`, {
  conditions: optional(1, listMap(APIServiceCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});

export const APIService = clusterObject(`${prefix}.APIService`, {
  spec: present(2, APIServiceSpec),
  status: present(3, APIServiceStatus),
});
export interface APIService extends Infer<typeof APIService> {}
