import type { CertificateSigningRequest } from '../../api/certificates/certificate-signing-request.schema.ts';
import { certificateSigningRequests, subjectAccessReviews } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import type { Authority } from './issue.ts';
import { issueCertificate } from './issue.ts';
import type { SigningPlan } from './reconcile.ts';
import { deadlineOf, reconcile } from './reconcile.ts';

const timestamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

type Condition = NonNullable<CertificateSigningRequest['status']['conditions']>[number];

function withCondition(
  csr: CertificateSigningRequest,
  fields: Pick<Condition, 'type' | 'reason' | 'message'>,
  now: number,
): CertificateSigningRequest {
  const at = timestamp(now);
  const condition = { status: 'True', lastUpdateTime: at, lastTransitionTime: at, ...fields };
  return { ...csr, status: { ...csr.status, conditions: [...(csr.status.conditions ?? []), condition] } };
}

/** May the author of a request have it approved without anybody looking at it? */
async function mayHaveIt(client: ApiClient, csr: CertificateSigningRequest, subresource: string): Promise<boolean> {
  const { username: user = '', uid, groups, extra } = csr.spec;
  const { status } = await client.create(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      user,
      ...(uid === undefined ? {} : { uid }),
      ...(groups === undefined ? {} : { groups }),
      ...(extra === undefined ? {} : { extra }),
      resourceAttributes: {
        group: certificateSigningRequests.group,
        resource: certificateSigningRequests.plural,
        verb: 'create',
        subresource,
        version: '*',
      },
    },
    // The server's to say.
    status: { allowed: false },
  });
  return status.allowed;
}

const approvals = {
  selfnodeclient: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  nodeclient: 'Auto approving kubelet client certificate after SubjectAccessReview.',
};

async function apply(
  { client, logger, now }: ControllerContext,
  authority: Authority,
  csr: CertificateSigningRequest,
  plan: SigningPlan,
): Promise<void> {
  const { name, uid, resourceVersion } = csr.metadata;
  switch (plan.type) {
    case 'delete':
      return client.delete(certificateSigningRequests, { name }, { preconditions: { uid, resourceVersion } });
    case 'approve': {
      if (!(await mayHaveIt(client, csr, plan.permission))) return;
      const fields = { type: 'Approved', reason: 'AutoApproved', message: approvals[plan.permission] };
      const approved = withCondition(csr, fields, now());
      await client.update(certificateSigningRequests, approved, { subresource: 'approval' });
      return;
    }
    case 'fail': {
      const fields = { type: 'Failed', reason: 'SignerValidationFailure', message: plan.message };
      await client.updateStatus(certificateSigningRequests, withCondition(csr, fields, now()));
      return;
    }
    case 'sign': {
      const { usages = [], expirationSeconds, signerName } = csr.spec;
      const pem = issueCertificate(authority, { request: plan.request, usages, expirationSeconds, now: now() });
      const certificate = Buffer.from(pem).toString('base64');
      await client.updateStatus(certificateSigningRequests, { ...csr, status: { ...csr.status, certificate } });
      logger.info({ key: name, signer: signerName, subject: plan.request.commonName }, 'Certificate signed');
      return;
    }
    default:
  }
}

/**
 * Signs approved requests for the cluster's own signers, approves those of nodes that may have them, and removes old
 * ones; runs until the context's signal is aborted.
 */
export async function startCertificateSigning(context: ControllerContext, authority: Authority): Promise<void> {
  const queue = createWorkQueue();
  const requests = context.informers.of(certificateSigningRequests);
  const changed = ({ metadata }: CertificateSigningRequest): void => queue.add(metadata.name);
  requests.addHandlers({ add: changed, update: changed });
  await runController(context, {
    name: 'certificate-controller',
    queue,
    needs: [requests],
    async reconcile(key) {
      const csr = requests.get(key);
      if (csr === undefined) return;
      try {
        await apply(context, authority, csr, reconcile(csr, context.now()));
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return { requeueAfter: Math.max(deadlineOf(csr) - context.now(), 0) + 1000 };
    },
  });
}
