import type { Namespace } from '../../../api/core/namespace.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import { namespaces, pods } from '../../../api/resources.ts';
import { invalidObject } from '../../../api/status-error.ts';
import type { Logger } from '../../../system/logger.ts';
import { forbidden } from '../../http/status.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from '../types.ts';
import type { Subject } from './check.ts';
import { detailsOf, violationsOf } from './evaluate.ts';
import { warningsFor } from './existing-pods.ts';
import type { LevelVersion, Policy } from './policy.ts';
import { compareLevels, isSame, nameOf, policyOf } from './policy.ts';
import { isSignificant } from './significant-change.ts';
import { podSubject, templateOf } from './templates.ts';

type Write = AdmissionRequest & { readonly object: ApiObject };

/** Subresources of a pod through which its containers can change. */
const podSubresources = new Set(['', 'ephemeralcontainers', 'resize']);

function warn({ warnings }: AdmissionRequest, texts: readonly string[]): void {
  // A write that lost a race is admitted again.
  for (const text of texts) if (!warnings.includes(text)) warnings.push(text);
}

/** The labels must mean something, and pods that are there already are told of. */
async function judgeNamespace(request: Write, context: AdmissionContext): Promise<void> {
  const { name, kind, old } = request;
  const { policy, errors } = policyOf(request.object.metadata.labels);
  const before = old === undefined ? undefined : policyOf(old.metadata.labels);
  const messages = (of: typeof errors): string => of.map(({ field, message }) => `${field}: ${message}`).join();
  if (errors.length > 0 && (before === undefined || messages(errors) !== messages(before.errors))) {
    throw invalidObject(kind.group, kind.kind, name, errors);
  }
  if (before === undefined) return;
  const { enforce } = policy;
  const was = before.policy.enforce;
  if (isSame(enforce, was) || enforce.level === 'privileged') return;
  if (enforce.version === was.version && compareLevels(enforce.level, was.level) < 1) return;
  const present = (await context.list(pods, name)) as unknown as readonly Pod[];
  warn(request, warningsFor(present, name, enforce));
}

/** What the request would make of pods, as the standards see it; undefined when they have nothing to say. */
function subjectOf({ kind, subresource, object, old }: Write): Subject | undefined {
  if (kind.group !== '' || kind.plural !== 'pods') return subresource === '' ? templateOf(kind, object) : undefined;
  if (!podSubresources.has(subresource)) return undefined;
  const pod = object as unknown as Pod;
  return old === undefined || isSignificant(pod, old as unknown as Pod) ? podSubject(pod) : undefined;
}

function judge(request: Write, subject: Subject, policy: Policy, logger: Logger): void {
  const { kind, name, namespace, user } = request;
  const isPod = kind.plural === 'pods';
  const found = (levelVersion: LevelVersion): string => detailsOf(violationsOf(subject, levelVersion));
  const against = (levelVersion: LevelVersion, details: string): string =>
    `PodSecurity ${JSON.stringify(nameOf(levelVersion))}: ${details}`;
  const audited = found(policy.audit);
  if (audited !== '') {
    const about = { resource: kind.plural, namespace, name, user: user.name };
    logger.info({ ...about, violations: `would violate ${against(policy.audit, audited)}` }, 'Pod security audit');
  }
  const enforced = isPod ? found(policy.enforce) : '';
  if (enforced !== '') throw forbidden(kind, name, `violates ${against(policy.enforce, enforced)}`);
  const warned = found(policy.warn);
  if (warned !== '') warn(request, [`would violate ${against(policy.warn, warned)}`]);
}

/**
 * The Pod Security Standards, as the labels of a namespace ask for them: refuses pods (enforce), advises the client
 * (warn) and notes in the log (audit) what would be refused, pods and the workloads that make them alike.
 */
export function podSecurity(logger: Logger): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    async validate(request, context) {
      const { verb, kind, subresource, object, namespace } = request;
      if (object === undefined || (verb !== 'create' && verb !== 'update')) return;
      const write = { ...request, object };
      if (kind.group === '' && kind.plural === 'namespaces') {
        return subresource === '' ? judgeNamespace(write, context) : undefined;
      }
      const subject = subjectOf(write);
      if (subject === undefined) return;
      const { metadata } = await context.read<Namespace>(namespaces, { name: namespace });
      judge(write, subject, policyOf(metadata.labels).policy, logger);
    },
  };
}
