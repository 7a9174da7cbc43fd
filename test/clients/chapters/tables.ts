import type { Chapter } from '../chapter.ts';
import { eachIs, oneOfEach } from './one-of-each.ts';

const deprecatedEndpoints = 'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';

/** The columns of every kind, those of `-o wide` included. */
export const tables: Chapter = {
  name: 'tables',
  steps: [
    { run: 'apply -f -', input: oneOfEach, prints: eachIs('created'), says: deprecatedEndpoints },
    {
      run: 'get configmap/cm secret/secret serviceaccount/sa -o wide',
      prints: `
NAME          DATA  AGE
configmap/cm  2     {age}

NAME           TYPE    DATA  AGE
secret/secret  Opaque  1     {age}

NAME               AGE
serviceaccount/sa  {age}`,
    },
    {
      run: 'get services -o wide',
      prints: `
NAME        TYPE          CLUSTER-IP  EXTERNAL-IP      PORT(S)            AGE    SELECTOR
balancer    LoadBalancer  {address}   {address}        80/TCP             {age}  <none>
cluster-ip  ClusterIP     {address}   <none>           80/TCP,53/UDP      {age}  app=web,tier=front
external    ExternalName  <none>      www.example.com  <none>             {age}  <none>
headless    ClusterIP     None        <none>           80/TCP             {age}  app=web
node-port   NodePort      {address}   <none>           80:{number}/TCP    {age}  <none>`,
    },
    {
      run: 'get endpoints/node-port endpointslice/slice',
      prints: `
NAME                 ENDPOINTS                  AGE
endpoints/node-port  192.0.2.1:80,192.0.2.2:80  {age}

NAME                                  ADDRESSTYPE  PORTS  ENDPOINTS  AGE
endpointslice.discovery.k8s.io/slice  IPv4         80     192.0.2.3  {age}`,
      says: deprecatedEndpoints,
    },
    {
      run: 'get ingress,networkpolicy,poddisruptionbudget -o wide',
      prints: `
NAME                           CLASS  HOSTS      ADDRESS  PORTS    AGE
ingress.networking.k8s.io/ing  {ns}   a.example           80, 443  {age}

NAME                                    POD-SELECTOR  AGE
networkpolicy.networking.k8s.io/policy  app=web       {age}

NAME                            MIN AVAILABLE  MAX UNAVAILABLE  ALLOWED DISRUPTIONS  AGE
poddisruptionbudget.policy/pdb  1              N/A              0                    {age}`,
    },
    {
      run: 'get deployments,replicasets,statefulsets,daemonsets,replicationcontrollers -o wide',
      eventually: true,
      prints: `
NAME                 READY  UP-TO-DATE  AVAILABLE  AGE    CONTAINERS  IMAGES        SELECTOR
deployment.apps/web  0/0    0           0          {age}  web,side    web:1,side:1  app=web

NAME                       DESIRED  CURRENT  READY  AGE    CONTAINERS  IMAGES        SELECTOR
replicaset.apps/rs         0        0        0      {age}  web         web:1         app=rs
replicaset.apps/web-{id}   0        0        0      {age}  web,side    web:1,side:1  app=web,pod-template-hash={id}

NAME                  READY  AGE    CONTAINERS  IMAGES
statefulset.apps/sts  0/0    {age}  web         web:1

NAME               DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  AGE    CONTAINERS  IMAGES  SELECTOR
daemonset.apps/ds  0        0        0      0           0          at=nowhere     {age}  web         web:1   app=ds

NAME                      DESIRED  CURRENT  READY  AGE    CONTAINERS  IMAGES  SELECTOR
replicationcontroller/rc  0        0        0      {age}  web         web:1   app=rc`,
    },
    {
      run: 'get jobs,cronjobs,horizontalpodautoscalers -o wide',
      eventually: true,
      prints: `
NAME           STATUS     COMPLETIONS  DURATION  AGE    CONTAINERS  IMAGES  SELECTOR
job.batch/job  Suspended  0/1                    {age}  work        work:1  batch.kubernetes.io/controller-uid={uid}

NAME                SCHEDULE   TIMEZONE  SUSPEND  ACTIVE  LAST SCHEDULE  AGE    CONTAINERS  IMAGES  SELECTOR
cronjob.batch/cron  0 0 1 1 *  <none>    True     0       <none>         {age}  work        work:1  <none>

NAME                                     REFERENCE       TARGETS               MINPODS  MAXPODS  REPLICAS  AGE
horizontalpodautoscaler.autoscaling/hpa  Deployment/web  cpu: <unknown>/80%    1        3        0         {age}`,
    },
    {
      run: 'get persistentvolumes/{ns} persistentvolumeclaims/claim storageclasses/{ns} -o wide',
      eventually: true,
      prints: `
NAME                    CAPACITY  ACCESS MODES  RECLAIM POLICY  STATUS     CLAIM  STORAGECLASS  VOLUMEATTRIBUTESCLASS  REASON  AGE    VOLUMEMODE
persistentvolume/{ns}   1Gi       RWO,ROX       Retain          Available         {ns}          <unset>                        {age}  Filesystem

NAME                         STATUS   VOLUME  CAPACITY  ACCESS MODES  STORAGECLASS  VOLUMEATTRIBUTESCLASS  AGE    VOLUMEMODE
persistentvolumeclaim/claim  Pending                                  missing       <unset>                {age}  Filesystem

NAME                              PROVISIONER       RECLAIMPOLICY  VOLUMEBINDINGMODE  ALLOWVOLUMEEXPANSION  AGE
storageclass.storage.k8s.io/{ns}  example.com/none  Delete         Immediate          false                 {age}`,
    },
    {
      run: 'get limitranges,resourcequotas -o wide',
      eventually: true,
      prints: `
NAME               CREATED AT
limitrange/limits  {time}

NAME                 REQUEST                                  LIMIT            AGE
resourcequota/quota  pods: 0/50, requests.memory: 0/1Gi       limits.cpu: 0/2  {age}`,
    },
    {
      run: 'get roles,rolebindings -o wide',
      prints: `
NAME                                 CREATED AT
role.rbac.authorization.k8s.io/role  {time}

NAME                                           ROLE       AGE    USERS     GROUPS  SERVICEACCOUNTS
rolebinding.rbac.authorization.k8s.io/binding  Role/role  {age}  somebody  staff   {ns}/sa`,
    },
    {
      run: 'get clusterrole/{ns} clusterrolebinding/{ns} -o wide',
      prints: `
NAME                                        CREATED AT
clusterrole.rbac.authorization.k8s.io/{ns}  {time}

NAME                                               ROLE              AGE    USERS  GROUPS  SERVICEACCOUNTS
clusterrolebinding.rbac.authorization.k8s.io/{ns}  ClusterRole/{ns}  {age}         staff`,
    },
    {
      run: 'get priorityclass/{ns} runtimeclass/{ns} ingressclass/{ns} lease/lease podtemplate/template controllerrevision/revision -o wide',
      prints: `
NAME                                  VALUE  GLOBAL-DEFAULT  AGE    PREEMPTIONPOLICY
priorityclass.scheduling.k8s.io/{ns}  1000   false           {age}  PreemptLowerPriority

NAME                           HANDLER  AGE
runtimeclass.node.k8s.io/{ns}  other    {age}

NAME                                 CONTROLLER        PARAMETERS  AGE
ingressclass.networking.k8s.io/{ns}  example.com/none  <none>      {age}

NAME                             HOLDER    AGE
lease.coordination.k8s.io/lease  somebody  {age}

NAME                  CONTAINERS  IMAGES  POD LABELS
podtemplate/template  web         web:1   app=t

NAME                              CONTROLLER  REVISION  AGE
controllerrevision.apps/revision  <none>      3         {age}`,
    },
    {
      run: 'get csidriver/{ns} csinode/{ns} csistoragecapacity/capacity volumeattachment/{ns} volumeattributesclass/{ns} -o wide',
      prints: `
NAME                           ATTACHREQUIRED  PODINFOONMOUNT  STORAGECAPACITY  TOKENREQUESTS  REQUIRESREPUBLISH  MODES       AGE
csidriver.storage.k8s.io/{ns}  true            false           false            <unset>        false              Persistent  {age}

NAME                         DRIVERS  AGE
csinode.storage.k8s.io/{ns}  0        {age}

NAME                                        STORAGECLASSNAME  CAPACITY
csistoragecapacity.storage.k8s.io/capacity  {ns}              5Gi

NAME                                  ATTACHER          PV    NODE     ATTACHED  AGE
volumeattachment.storage.k8s.io/{ns}  none.example.com  some  nowhere  false     {age}

NAME                                       DRIVERNAME        AGE
volumeattributesclass.storage.k8s.io/{ns}  example.com/none  {age}`,
    },
    {
      run: 'get validatingwebhookconfiguration/{ns} mutatingwebhookconfiguration/{ns} validatingadmissionpolicy/{ns} validatingadmissionpolicybinding/{ns} -o wide',
      prints: `
NAME                                                              WEBHOOKS  AGE
validatingwebhookconfiguration.admissionregistration.k8s.io/{ns}  0         {age}

NAME                                                            WEBHOOKS  AGE
mutatingwebhookconfiguration.admissionregistration.k8s.io/{ns}  0         {age}

NAME                                                         VALIDATIONS  PARAMKIND  AGE
validatingadmissionpolicy.admissionregistration.k8s.io/{ns}  1            <unset>    {age}

NAME                                                                POLICYNAME  PARAMREF  AGE
validatingadmissionpolicybinding.admissionregistration.k8s.io/{ns}  {ns}        <unset>   {age}`,
    },
    {
      run: 'get servicecidr',
      prints: `
NAME        CIDRS          AGE
kubernetes  10.233.0.0/18  {age}`,
    },
    {
      run: 'get namespace {ns} -o wide',
      prints: `
NAME  STATUS  AGE
{ns}  Active  {age}`,
    },
    {
      run: 'get nodes -o wide',
      prints: `
NAME           STATUS  ROLES   AGE    VERSION        INTERNAL-IP  EXTERNAL-IP  OS-IMAGE  KERNEL-VERSION  CONTAINER-RUNTIME
kube-worker-1  Ready   <none>  {age}  v1.36.{number}  {address}   <none>       {any}     {any}           containerd://{any}
kube-worker-2  Ready   <none>  {age}  v1.36.{number}  {address}   <none>       {any}     {any}           containerd://{any}`,
    },
    { run: 'get pods', says: 'No resources found in {ns} namespace.', prints: '' },
    { run: 'apply -f -', input: oneOfEach, prints: eachIs('unchanged', true), says: deprecatedEndpoints },
    { run: 'delete --wait=false --ignore-not-found -f -', input: oneOfEach, says: /^/ },
  ],
};
