import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, message, optional, present, required, string } from '../schema.ts';
import { conditions } from './shared.schema.ts';

export const QueuingConfiguration = message('io.k8s.api.flowcontrol.v1.QueuingConfiguration', {
  queues: optional(1, int32),
  handSize: optional(2, int32),
  queueLengthLimit: optional(3, int32),
});
export interface QueuingConfiguration extends Infer<typeof QueuingConfiguration> {}

export const LimitResponse = message('io.k8s.api.flowcontrol.v1.LimitResponse', {
  type: required(1, string),
  queuing: optional(2, QueuingConfiguration),
});
export interface LimitResponse extends Infer<typeof LimitResponse> {}

export const LimitedPriorityLevelConfiguration = message(
  'io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration',
  {
    nominalConcurrencyShares: optional(1, int32),
    limitResponse: optional(2, LimitResponse),
    lendablePercent: optional(3, int32),
    borrowingLimitPercent: optional(4, int32),
  },
);
export interface LimitedPriorityLevelConfiguration extends Infer<typeof LimitedPriorityLevelConfiguration> {}

export const ExemptPriorityLevelConfiguration = message('io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration', {
  nominalConcurrencyShares: optional(1, int32),
  lendablePercent: optional(2, int32),
});
export interface ExemptPriorityLevelConfiguration extends Infer<typeof ExemptPriorityLevelConfiguration> {}

export const PriorityLevelConfigurationSpec = message('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec', {
  type: required(1, string),
  limited: optional(2, LimitedPriorityLevelConfiguration),
  exempt: optional(3, ExemptPriorityLevelConfiguration),
});
export interface PriorityLevelConfigurationSpec extends Infer<typeof PriorityLevelConfigurationSpec> {}

export const PriorityLevelConfigurationStatus = message('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus', {
  conditions: conditions('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition'),
});

export const PriorityLevelConfiguration = clusterObject('io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration', {
  spec: present(2, PriorityLevelConfigurationSpec),
  status: present(3, PriorityLevelConfigurationStatus),
});
export interface PriorityLevelConfiguration extends Infer<typeof PriorityLevelConfiguration> {}
