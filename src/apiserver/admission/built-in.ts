import type { Logger } from '../../system/logger.ts';
import type { Authorizer } from '../auth/types.ts';
import { certificateSubject } from './certificate-subject.ts';
import { certificateDecisions, certificateRequester } from './certificates.ts';
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { deviceClaims } from './device-claims.ts';
import { limitRanger } from './limits/limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { priorityAdmission } from './priority.ts';
import { runtimeClassAdmission } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { serviceWarnings } from './service-warnings.ts';
import { storageObjectInUseProtection } from './storage-in-use.ts';
import { taintNodesByCondition } from './taint-nodes.ts';
import type { AdmissionPlugin } from './types.ts';

/** The rules that every server has, in the order in which they run: upstream's. */
export function builtInAdmission(authorizer: Authorizer, logger: Logger): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    limitRanger,
    serviceAccountAdmission,
    taintNodesByCondition,
    podSecurity(logger),
    priorityAdmission,
    defaultTolerationSeconds,
    defaultStorageClass,
    storageObjectInUseProtection,
    runtimeClassAdmission,
    certificateRequester,
    certificateDecisions(authorizer),
    certificateSubject,
    defaultIngressClass,
    deviceClaims(authorizer),
    serviceWarnings,
  ];
}
