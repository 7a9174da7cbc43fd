import type { Node } from '../api/core/node.schema.ts';
import type { KubeObject } from '../api/object.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import type { Logger } from '../system/logger.ts';
import type { ControllerContext } from './context.ts';
import { aborted, InformerSet } from './context.ts';
import { startCertificateSigning } from './certificate-signing/controller.ts';
import type { Authority } from './certificate-signing/issue.ts';
import { startClusterRoleAggregation } from './cluster-role-aggregation/controller.ts';
import { startCronJobController } from './cron-job/controller.ts';
import { startDaemonSetController } from './daemon-set/controller.ts';
import { startDeploymentController } from './deployment/controller.ts';
import { Discovery } from './discovery.ts';
import { startDisruptionController } from './disruption/controller.ts';
import { startEndpointSliceMirroringController } from './endpoint-slice-mirroring/controller.ts';
import { startEndpointSliceController } from './endpoint-slice/controller.ts';
import { startEndpointsController } from './endpoints/controller.ts';
import { startGarbageCollector } from './garbage-collector/controller.ts';
import { startJobController } from './job/controller.ts';
import { startNamespaceController } from './namespace/controller.ts';
import { startNodeIpamController } from './node-ipam/controller.ts';
import { startNodeLifecycleController } from './node-lifecycle/controller.ts';
import { startPersistentVolumeBinder } from './persistent-volume-binder/controller.ts';
import { startPersistentVolumeProvisioner } from './persistent-volume-provisioner/controller.ts';
import type { VolumeFolders } from './persistent-volume-provisioner/folders.ts';
import { hostFolders } from './persistent-volume-provisioner/folders.ts';
import type { PlannedEvent } from './planned-event.ts';
import { startPodGarbageCollector } from './pod-garbage-collector/controller.ts';
import { startPvProtectionController } from './pv-protection/controller.ts';
import { startPvcProtectionController } from './pvc-protection/controller.ts';
import { startReplicaSetController } from './replica-set/controller.ts';
import { startReplicationController } from './replication-controller/controller.ts';
import { startResourceQuotaController } from './resource-quota/controller.ts';
import { startRootCaPublisher } from './root-ca-publisher/controller.ts';
import { startServiceAccountTokenController } from './service-account-token/controller.ts';
import { startLoadBalancerController } from './load-balancer/controller.ts';
import { startServiceAccountController } from './service-account/controller.ts';
import { startServiceCidrsController } from './service-cidrs/controller.ts';
import { startServiceHealth } from './service-health/controller.ts';
import { startServiceIpRepair } from './service-ip-repair/controller.ts';
import { startStatefulSetController } from './stateful-set/controller.ts';
import { startTaintEvictionController } from './taint-eviction/controller.ts';
import { startTtlAfterFinishedController } from './ttl-after-finished/controller.ts';

export interface ControllersOptions {
  /** Lists and watches for all controllers; does everything else too where `clientFor` is left out. */
  readonly client: ApiClient;
  readonly logger: Logger;
  /**
   * The client with which a controller writes, by the name of its ServiceAccount in kube-system, e.g.
   * `deployment-controller`.
   */
  readonly clientFor?: (controller: string) => ApiClient;
  /** Shared with other components of the process where given. */
  readonly informers?: InformerFactory;
  /** Makes the recorder of a controller's events; by default one that writes them through the controller's client. */
  readonly recorder?: (component: string) => EventRecorder;
  /** The certificate (PEM) by which pods know the API server; without it no namespace gets `kube-root-ca.crt`. */
  readonly rootCa?: string;
  /** What signs certificates in the cluster's name; without it signing requests wait for signers from outside. */
  readonly clusterAuthority?: Authority;
  /** Where the addresses of pods come from; `10.233.64.0/18` when left out. Each node gets a /24 of it. */
  readonly podRange?: string;
  /** The range that a node is to get; the first free one where it says undefined. */
  readonly podCidrOf?: (node: Node) => string | undefined;
  /** Where load balancers' addresses come from; without it Services of that type wait for somebody else's. */
  readonly loadBalancerRange?: string;
  /** The folder for volumes of the class `standard`: an absolute path; without it none are made. */
  readonly volumesDirectory?: string;
  /** What makes and removes those volumes' folders; this machine's files when left out. */
  readonly volumeFolders?: VolumeFolders;
}

const usualPodRange = '10.233.64.0/18';

interface Declaration {
  /** The controller's ServiceAccount in kube-system, by whose rights it lives; the manager's own when left out. */
  readonly account?: string;
  readonly start: (context: ControllerContext, options: ControllersOptions) => Promise<void>;
}

/** All controllers, those for which others wait first. */
const controllers: readonly Declaration[] = [
  {
    account: 'node-controller',
    start: (context, { podRange = usualPodRange, podCidrOf }) =>
      startNodeIpamController(context, { podRange, podCidrOf }),
  },
  { account: 'node-controller', start: startNodeLifecycleController },
  { account: 'node-controller', start: startTaintEvictionController },
  { account: 'service-account-controller', start: startServiceAccountController },
  {
    account: 'root-ca-cert-publisher',
    start: async (context, { rootCa }) => (rootCa === undefined ? undefined : startRootCaPublisher(context, rootCa)),
  },
  // It may sign in as anybody, and so it is no account that pods could have.
  { start: (context, { rootCa }) => startServiceAccountTokenController(context, rootCa) },
  {
    account: 'certificate-controller',
    start: async (context, { clusterAuthority }) =>
      clusterAuthority === undefined ? undefined : startCertificateSigning(context, clusterAuthority),
  },
  { account: 'clusterrole-aggregation-controller', start: startClusterRoleAggregation },
  { account: 'resourcequota-controller', start: startResourceQuotaController },
  { account: 'namespace-controller', start: startNamespaceController },
  { account: 'deployment-controller', start: startDeploymentController },
  { account: 'replicaset-controller', start: startReplicaSetController },
  { account: 'replication-controller', start: startReplicationController },
  { account: 'daemon-set-controller', start: startDaemonSetController },
  { account: 'statefulset-controller', start: startStatefulSetController },
  { account: 'job-controller', start: startJobController },
  { account: 'cronjob-controller', start: startCronJobController },
  { account: 'ttl-after-finished-controller', start: startTtlAfterFinishedController },
  { account: 'disruption-controller', start: startDisruptionController },
  { account: 'endpointslice-controller', start: startEndpointSliceController },
  { account: 'endpoint-controller', start: startEndpointsController },
  { account: 'endpointslicemirroring-controller', start: startEndpointSliceMirroringController },
  { account: 'service-cidrs-controller', start: startServiceCidrsController },
  { account: 'service-ip-repair-controller', start: startServiceIpRepair },
  { account: 'service-controller', start: startServiceHealth },
  {
    account: 'service-controller',
    start: async (context, { loadBalancerRange: range }) =>
      range === undefined ? undefined : startLoadBalancerController(context, range),
  },
  { account: 'persistent-volume-binder', start: startPersistentVolumeBinder },
  {
    account: 'persistent-volume-provisioner',
    start: async (context, { volumesDirectory: directory, volumeFolders: folders = hostFolders }) =>
      directory === undefined ? undefined : startPersistentVolumeProvisioner(context, { directory, folders }),
  },
  { account: 'pvc-protection-controller', start: startPvcProtectionController },
  { account: 'pv-protection-controller', start: startPvProtectionController },
  { account: 'pod-garbage-collector', start: startPodGarbageCollector },
  { account: 'generic-garbage-collector', start: startGarbageCollector },
];

/** Runs all controllers until `signal` is aborted. */
export async function startControllers(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const { client, logger, clientFor = () => client } = options;
  const informers = new InformerSet(options.informers ?? createInformerFactory(client, { signal, logger }));
  const discovery = new Discovery(client);
  const running = controllers.map(({ account, start }) => {
    const own = account === undefined ? client : clientFor(account);
    const record = recording(options, own);
    return start({ client: own, informers, discovery, logger, signal, now: Date.now, record }, options);
  });
  await Promise.all([...running, informers.start(signal), aborted(signal)]);
}

/** One recorder a component, made when it first has something to say. */
function recording({ logger, recorder }: ControllersOptions, client: ApiClient): ControllerContext['record'] {
  const make = recorder ?? ((component: string) => createEventRecorder(client, { component, logger }));
  const recorders = new Map<string, EventRecorder>();
  return (component: string, object: KubeObject, { type, reason, message }: PlannedEvent) => {
    let own = recorders.get(component);
    if (own === undefined) recorders.set(component, (own = make(component)));
    own.event(object, type, reason, message);
  };
}
