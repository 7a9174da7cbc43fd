import type { Chapter } from '../chapter.ts';
import { eachIs, oneOfEach } from './one-of-each.ts';

const deprecatedEndpoints = 'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';

// Before 1.31 describe reads Endpoints.
const olderRead = (minor: number): string => (minor < 31 ? deprecatedEndpoints : '');

const podTemplate = (labels: string, container: string): string => `
Pod Template:
  Labels:  ${labels}
  Containers:
   ${container}:
    Image:  ${container}:1
    Port:  <none>
    Host Port:  <none>
    Environment:  <none>
    Mounts:  <none>
  Volumes:  <none>{lines}`;

/** What `kubectl describe` makes of the fields that the server fills in. */
export const describeEach: Chapter = {
  name: 'describe',
  steps: [
    { run: 'apply -f -', input: oneOfEach, prints: eachIs('created'), says: deprecatedEndpoints },
    {
      run: 'describe configmap cm',
      prints: `
Name:  cm
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>

Data
====
b:
----
two
lines{lines}
BinaryData
====
c: 3 bytes

Events:  <none>`,
    },
    {
      run: 'describe secret secret',
      prints: `
Name:  secret
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>

Type:  Opaque

Data
====
password:  9 bytes`,
    },
    {
      run: 'describe service cluster-ip',
      says: olderRead,
      prints: `
Name:  cluster-ip
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>
Selector:  app=web,tier=front
Type:  ClusterIP
IP Family Policy:  SingleStack
IP Families:  IPv4
IP:  {address}
IPs:  {address}
Port:  http  80/TCP
TargetPort:  5000/TCP
Endpoints:{any}
Port:  dns  53/UDP
TargetPort:  53/UDP
Endpoints:{any}
Session Affinity:  None
{lines}Events:  <none>`,
    },
    {
      run: 'describe service node-port',
      says: olderRead,
      eventually: true,
      prints: `
Name:  node-port
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>
Selector:  <none>
Type:  NodePort
IP Family Policy:  SingleStack
IP Families:  IPv4
IP:  {address}
IPs:  {address}
Port:  <unset>  80/TCP
TargetPort:  80/TCP
NodePort:  <unset>  {number}/TCP
Endpoints:  192.0.2.1:80,192.0.2.2:80
Session Affinity:  None
External Traffic Policy:  Cluster
{lines}Events:  <none>`,
    },
    {
      run: 'describe ingress ing',
      says: olderRead,
      prints: `
Name:  ing
Labels:  <none>
Namespace:  {ns}
Address:
Ingress Class:  {ns}
Default backend:  <default>
TLS:
  cert terminates a.example
Rules:
  Host  Path  Backends
  ----  ----  --------
  a.example
  /  cluster-ip:http ({any})
Annotations:  <none>
Events:  <none>`,
    },
    {
      run: 'describe networkpolicy policy',
      prints: `
Name:  policy
Namespace:  {ns}
Created on:  {any} UTC
Labels:  <none>
Annotations:  <none>
Spec:
  PodSelector:  app=web
  Allowing ingress traffic:
    To Port: <any> (traffic allowed to all ports)
    From:
      PodSelector: <none>
  Not affecting egress traffic
  Policy Types: Ingress`,
    },
    {
      run: 'describe poddisruptionbudget pdb',
      eventually: true,
      prints: `
Name:  pdb
Namespace:  {ns}
Min available:  1
Selector:  app=web
Status:
    Allowed disruptions:  0
    Current:  0
    Desired:  1
    Total:  0
Events:
  Type  Reason  Age  From  Message
  ----  ------  ----  ----  -------
  Normal  NoPods  {any}  controllermanager  No matching pods found`,
    },
    {
      run: 'describe deployment web',
      eventually: true,
      prints: `
Name:  web
Namespace:  {ns}
CreationTimestamp:  {date}
Labels:  <none>
Annotations:  deployment.kubernetes.io/revision: 1
Selector:  app=web
Replicas:  0 desired | 0 updated | 0 total | 0 available | 0 unavailable
StrategyType:  RollingUpdate
MinReadySeconds:  0
RollingUpdateStrategy:  25% max unavailable, 25% max surge
Pod Template:
  Labels:  app=web
  Containers:
   web:
    Image:  web:1
    Port:  80/TCP
    Host Port:  0/TCP
    Environment:  <none>
    Mounts:  <none>
   side:
    Image:  side:1
    Port:  <none>
    Host Port:  <none>
    Environment:  <none>
    Mounts:  <none>
  Volumes:  <none>{lines}
Conditions:
  Type  Status  Reason
  ----  ------  ------
  Available  True  MinimumReplicasAvailable
  Progressing  True  NewReplicaSetAvailable
OldReplicaSets:  <none>
NewReplicaSet:  web-{id} (0/0 replicas created)
Events:  <none>`,
    },
    {
      run: 'describe replicaset rs',
      prints: `
Name:  rs
Namespace:  {ns}
Selector:  app=rs
Labels:  <none>
Annotations:  <none>
Replicas:  0 current / 0 desired
Pods Status:  0 Running / 0 Waiting / 0 Succeeded / 0 Failed${podTemplate('app=rs', 'web')}
Events:  <none>`,
    },
    {
      run: 'describe statefulset sts',
      prints: `
Name:  sts
Namespace:  {ns}
CreationTimestamp:  {date}
Selector:  app=sts
Labels:  <none>
Annotations:  <none>
Replicas:  0 desired | 0 total
Update Strategy:  RollingUpdate
  Partition:  0
Pods Status:  0 Running / 0 Waiting / 0 Succeeded / 0 Failed${podTemplate('app=sts', 'web')}
Volume Claims:  <none>
Events:  <none>`,
    },
    {
      run: 'describe daemonset ds',
      eventually: true,
      prints: `
Name:  ds
{lines}Selector:  app=ds
Node-Selector:  at=nowhere
Labels:  <none>
Annotations:  deprecated.daemonset.template.generation: 1
Desired Number of Nodes Scheduled: 0
Current Number of Nodes Scheduled: 0
Number of Nodes Scheduled with Up-to-date Pods: 0
Number of Nodes Scheduled with Available Pods: 0
Number of Nodes Misscheduled: 0
Pods Status:  0 Running / 0 Waiting / 0 Succeeded / 0 Failed${podTemplate('app=ds', 'web')}
Events:  <none>`,
    },
    {
      run: 'describe replicationcontroller rc',
      prints: `
Name:  rc
Namespace:  {ns}
Selector:  app=rc
Labels:  app=rc
Annotations:  <none>
Replicas:  0 current / 0 desired
Pods Status:  0 Running / 0 Waiting / 0 Succeeded / 0 Failed${podTemplate('app=rc', 'web')}
Events:  <none>`,
    },
    {
      run: 'describe job job',
      eventually: true,
      prints: `
Name:  job
Namespace:  {ns}
Selector:  batch.kubernetes.io/controller-uid={uid}
Labels:  batch.kubernetes.io/controller-uid={uid}
  batch.kubernetes.io/job-name=job
  controller-uid={uid}
  job-name=job
Annotations:  <none>
Parallelism:  1
Completions:  1
Completion Mode:  NonIndexed
{lines}Pods Statuses:  0 Active{any} / 0 Succeeded / 0 Failed
Pod Template:
  Labels:  batch.kubernetes.io/controller-uid={uid}
  batch.kubernetes.io/job-name=job
  controller-uid={uid}
  job-name=job
  Containers:
   work:
    Image:  work:1
    Port:  <none>
    Host Port:  <none>
    Environment:  <none>
    Mounts:  <none>
  Volumes:  <none>{lines}
Events:
  Type  Reason  Age  From  Message
  ----  ------  ----  ----  -------
  Normal  Suspended  {age}  job-controller  Job suspended`,
    },
    {
      run: 'describe cronjob cron',
      prints: `
Name:  cron
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>
Schedule:  0 0 1 1 *
Concurrency Policy:  Allow
Suspend:  True
Successful Job History Limit:  3
Failed Job History Limit:  1
Starting Deadline Seconds:  <unset>
Selector:  <unset>
Parallelism:  <unset>
Completions:  <unset>${podTemplate('<none>', 'work')}
Last Schedule Time:  <unset>
Active Jobs:  <none>
Events:  <none>`,
    },
    {
      run: 'describe horizontalpodautoscaler hpa',
      prints: `
Name:  hpa
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>
CreationTimestamp:  {date}
Reference:  Deployment/web
Metrics:  ( current / target )
  resource cpu on pods  (as a percentage of request):  <unknown> / 80%
Min replicas:  1
Max replicas:  3
{lines}`,
    },
    {
      run: 'describe persistentvolume {ns}',
      eventually: true,
      prints: `
Name:  {ns}
Labels:  <none>
Annotations:  <none>
Finalizers:  [kubernetes.io/pv-protection]
StorageClass:  {ns}
Status:  Available
Claim:
Reclaim Policy:  Retain
Access Modes:  RWO,ROX
VolumeMode:  Filesystem
Capacity:  1Gi
Node Affinity:  <none>
Message:
Source:
    Type:  HostPath (bare host directory volume)
    Path:  /tmp/none
    HostPathType:{any}
Events:  <none>`,
    },
    {
      run: 'describe persistentvolumeclaim claim',
      eventually: true,
      prints: `
Name:  claim
Namespace:  {ns}
StorageClass:  missing
Status:  Pending
Volume:
Labels:  <none>
Annotations:  <none>
Finalizers:  [kubernetes.io/pvc-protection]
Capacity:
Access Modes:
VolumeMode:  Filesystem
Used By:  <none>
Events:
  Type  Reason  Age  From  Message
  ----  ------  ----  ----  -------
  Warning  ProvisioningFailed  {any}  persistentvolume-controller  storageclass.storage.k8s.io "missing" not found`,
    },
    {
      run: 'describe storageclass {ns}',
      prints: `
Name:  {ns}
IsDefaultClass:  No
Annotations:  kubectl.kubernetes.io/last-applied-configuration={any}

Provisioner:  example.com/none
Parameters:  <none>
AllowVolumeExpansion:  <unset>
MountOptions:  <none>
ReclaimPolicy:  Delete
VolumeBindingMode:  Immediate
Events:  <none>`,
    },
    {
      run: 'describe namespace {ns}',
      eventually: true,
      prints: `
Name:  {ns}
Labels:  kubernetes.io/metadata.name={ns}
Annotations:  <none>
Status:  Active

Resource Quotas
  Name:  quota
  Resource  Used  Hard
  --------  ---  ---
  limits.cpu  0  2
  pods  0  50
  requests.memory  0  1Gi

Resource Limits
 Type  Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio
 ----  --------  ---  ---  ---------------  -------------  -----------------------
 Container  {any}  -  {any}
 Container  {any}  -  {any}`,
    },
    {
      run: 'describe role role',
      prints: `
Name:  role
Labels:  <none>
Annotations:  <none>
PolicyRule:
  Resources  Non-Resource URLs  Resource Names  Verbs
  ---------  -----------------  --------------  -----
  deployments.apps  []  [web]  [*]
  pods/log  []  []  [get list]
  pods  []  []  [get list]`,
    },
    {
      run: 'describe rolebinding binding',
      prints: `
Name:  binding
Labels:  <none>
Annotations:  <none>
Role:
  Kind:  Role
  Name:  role
Subjects:
  Kind  Name  Namespace
  ----  ----  ---------
  User  somebody
  Group  staff
  ServiceAccount  sa  {ns}`,
    },
    {
      run: 'describe priorityclass {ns}',
      prints: `
Name:  {ns}
Value:  1000
GlobalDefault:  false
PreemptionPolicy:  PreemptLowerPriority
Description:  of a test
Annotations:  kubectl.kubernetes.io/last-applied-configuration={any}
{lines}Events:  <none>`,
    },
    {
      run: 'describe endpointslice slice',
      prints: `
Name:  slice
Namespace:  {ns}
Labels:  kubernetes.io/service-name=balancer
Annotations:  <none>
AddressType:  IPv4
Ports:
  Name  Port  Protocol
  ----  ----  --------
  <unset>  80  TCP
Endpoints:
  - Addresses:  192.0.2.3
    Conditions:
      Ready:  <unset>
    Hostname:  <unset>
{lines}Events:  <none>`,
    },
    {
      run: 'describe serviceaccount sa',
      prints: `
Name:  sa
Namespace:  {ns}
Labels:  <none>
Annotations:  <none>
Image pull secrets:  <none>
{lines}Events:  <none>`,
    },
    {
      run: 'describe node kube-worker-1',
      prints: `
Name:  kube-worker-1
Roles:  <none>
Labels:  beta.kubernetes.io/arch={any}
  beta.kubernetes.io/os=linux
  kubernetes.io/arch={any}
  kubernetes.io/hostname=kube-worker-1
  kubernetes.io/os=linux
Annotations:  {lines}
CreationTimestamp:  {date}
Taints:  {lines}
Unschedulable:  {any}
Lease:
  HolderIdentity:  kube-worker-1
  AcquireTime:  <unset>
  RenewTime:  {date}
Conditions:
  Type  Status  LastHeartbeatTime  LastTransitionTime  Reason  Message
  ----  ------  -----------------  ------------------  ------  -------
  MemoryPressure  False  {date}  {date}  KubeletHasSufficientMemory  kubelet has sufficient memory available
  DiskPressure  False  {date}  {date}  KubeletHasNoDiskPressure  kubelet has no disk pressure
  PIDPressure  False  {date}  {date}  KubeletHasSufficientPID  kubelet has sufficient PID available
  Ready  True  {date}  {date}  KubeletReady  kubelet is posting ready status
Addresses:
  InternalIP:  {address}
  Hostname:  kube-worker-1
Capacity:
  cpu:  {number}
  ephemeral-storage:  {number}Ki
{lines}  memory:  {number}Ki
  pods:  110
Allocatable:
  cpu:  {number}
  ephemeral-storage:  {any}
{lines}  memory:  {number}Ki
  pods:  110
System Info:
  Machine ID:  {any}
  System UUID:  {any}
  Boot ID:  {any}
  Kernel Version:  {any}
  OS Image:  {any}
  Operating System:  linux
  Architecture:  {any}
  Container Runtime Version:  containerd://{any}
  Kubelet Version:  v1.36.{number}
  Kube-Proxy Version:{any}
PodCIDR:  10.233.64.0/24
PodCIDRs:  10.233.64.0/24
Non-terminated Pods:  ({number} in total)
  Namespace  Name  CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------  ----  ------------  ----------  ---------------  -------------  ---
{lines}Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource  Requests  Limits
  --------  --------  ------
  cpu  {any}
  memory  {any}
  ephemeral-storage  {any}
{lines}Events:{lines}`,
    },
    { run: 'describe configmap absent', exits: 1, says: 'Error from server (NotFound): configmaps "absent" not found' },
    { run: 'delete --wait=false --ignore-not-found -f -', input: oneOfEach, says: /^/ },
  ],
};
