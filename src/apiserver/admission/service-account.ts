import { setTimeout } from 'node:timers/promises';
import type { Container } from '../../api/core/container.schema.ts';
import type { PodSpec } from '../../api/core/pod-spec.schema.ts';
import type { ServiceAccount } from '../../api/core/service-account.schema.ts';
import type { Volume } from '../../api/core/volume.schema.ts';
import { serviceAccounts } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { forbidden } from '../http/status.ts';
import { randomSuffix } from '../registry/generate-name.ts';
import { newPod, withSpec } from './pod-creation.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from './types.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const defaultName = 'default';
const volumePrefix = 'kube-api-access-';

/** A token, the cluster's authority and the namespace, for a container that talks to the API server. */
function accessVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        // An hour, and some seconds by which the server knows such a token.
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

function mounted(containers: readonly Container[], name: string): readonly Container[] {
  return containers.map((container) => {
    const { volumeMounts = [] } = container;
    if (volumeMounts.some((mount) => mount.mountPath === mountPath)) return container;
    return { ...container, volumeMounts: [...volumeMounts, { name, readOnly: true, mountPath }] };
  });
}

/** The specification with the means to reach the API server in every container that has none of its own. */
function withAccess(spec: PodSpec): Partial<PodSpec> {
  const { volumes = [], containers, initContainers } = spec;
  const present = volumes.find((volume) => volume.name.startsWith(volumePrefix))?.name;
  const name = present ?? volumePrefix + randomSuffix();
  const mountedContainers = mounted(containers, name);
  const mountedInit = initContainers === undefined ? undefined : mounted(initContainers, name);
  const unused = [...mountedContainers, ...(mountedInit ?? [])].every(
    (container) => container.volumeMounts?.some((mount) => mount.name === name) !== true,
  );
  return {
    containers: mountedContainers,
    ...(mountedInit === undefined ? {} : { initContainers: mountedInit }),
    ...(present !== undefined || unused ? {} : { volumes: [...volumes, accessVolume(name)] }),
  };
}

/** A new namespace gets its default account in a moment: whoever makes a pod there at once is made to wait for it. */
const waits = 10;
const waitMs = 150;

async function accountOf(request: AdmissionRequest, name: string, context: AdmissionContext): Promise<ServiceAccount> {
  const { namespace } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      return await context.read(serviceAccounts, { name, namespace });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
    if (name !== defaultName || attempt >= waits) break;
    await setTimeout(waitMs);
  }
  const reason = `serviceaccount ${JSON.stringify(name)} not found`;
  throw forbidden(request.kind, request.name, `error looking up service account ${namespace}/${name}: ${reason}`);
}

/** Every pod runs as a ServiceAccount that exists, and can show it to the API server. */
export const serviceAccountAdmission: AdmissionPlugin = {
  name: 'ServiceAccount',
  async mutate(request, context) {
    const pod = newPod(request);
    if (pod === undefined || pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return request.object;
    const { spec } = pod;
    const name = spec.serviceAccountName ?? '';
    const serviceAccountName = name === '' ? defaultName : name;
    const account = await accountOf(request, serviceAccountName, context);
    const automount = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    const secrets = account.imagePullSecrets ?? [];
    return withSpec(pod, {
      serviceAccountName,
      serviceAccount: serviceAccountName,
      ...(automount ? withAccess(spec) : {}),
      ...((spec.imagePullSecrets ?? []).length === 0 && secrets.length > 0 ? { imagePullSecrets: secrets } : {}),
    });
  },
};
