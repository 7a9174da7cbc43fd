import type { Chapter } from '../chapter.ts';

const resources = [
  'bindings  v1  true  Binding',
  'configmaps  cm  v1  true  ConfigMap',
  'endpoints  ep  v1  true  Endpoints',
  'events  ev  v1  true  Event',
  'limitranges  limits  v1  true  LimitRange',
  'namespaces  ns  v1  false  Namespace',
  'nodes  no  v1  false  Node',
  'persistentvolumeclaims  pvc  v1  true  PersistentVolumeClaim',
  'persistentvolumes  pv  v1  false  PersistentVolume',
  'pods  po  v1  true  Pod',
  'podtemplates  v1  true  PodTemplate',
  'replicationcontrollers  rc  v1  true  ReplicationController',
  'resourcequotas  quota  v1  true  ResourceQuota',
  'secrets  v1  true  Secret',
  'serviceaccounts  sa  v1  true  ServiceAccount',
  'services  svc  v1  true  Service',
];

/** What kubectl says about the cluster, its API and its own configuration. */
export const info: Chapter = {
  name: 'info',
  steps: [
    {
      run: 'version',
      prints: 'Client Version: v{any}\nKustomize Version: v{any}\nServer Version: v1.36.{any}',
      says: /^((WARNING|Warning): version difference between client \([\d.]+\) and server \([\d.]+\) exceeds the supported minor version skew of \+\/-1)?$/,
    },
    { run: 'version -o json', says: /^/, prints: /"serverVersion": \{[^}]*"major": "1",[^}]*"minor": "36"/ },
    {
      run: 'cluster-info -n kube-system',
      env: { TERM: 'dumb' },
      prints: `
Kubernetes control plane is running at https://127.0.0.1:{number}
CoreDNS is running at https://127.0.0.1:{number}/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy

To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.`,
    },
    {
      run: 'cluster-info dump --namespaces=kube-system --output-directory={tmp}/dump',
      prints: 'Cluster info dumped to {tmp}/dump',
    },
    { run: 'cluster-info dump --namespaces=kube-system', prints: /"kind": "NodeList"/ },
    {
      run: ['api-resources', '--api-group='],
      prints: `NAME  SHORTNAMES  APIVERSION  NAMESPACED  KIND\n${resources.join('\n')}`,
    },
    {
      run: 'api-resources --api-group=apps -o wide',
      prints: `
NAME  SHORTNAMES  APIVERSION  NAMESPACED  KIND  VERBS  CATEGORIES
controllerrevisions  apps/v1  true  ControllerRevision  create,delete,deletecollection,get,list,patch,update,watch
daemonsets  ds  apps/v1  true  DaemonSet  create,delete,deletecollection,get,list,patch,update,watch  all
deployments  deploy  apps/v1  true  Deployment  create,delete,deletecollection,get,list,patch,update,watch  all
replicasets  rs  apps/v1  true  ReplicaSet  create,delete,deletecollection,get,list,patch,update,watch  all
statefulsets  sts  apps/v1  true  StatefulSet  create,delete,deletecollection,get,list,patch,update,watch  all`,
    },
    {
      run: 'api-resources --categories=all -o name',
      prints:
        'pods\nreplicationcontrollers\nservices\ndaemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps\nhorizontalpodautoscalers.autoscaling\ncronjobs.batch\njobs.batch',
    },
    {
      run: 'api-resources --namespaced=false --verbs=list,get --api-group=storage.k8s.io -o name',
      prints:
        'csidrivers.storage.k8s.io\ncsinodes.storage.k8s.io\nstorageclasses.storage.k8s.io\nvolumeattachments.storage.k8s.io\nvolumeattributesclasses.storage.k8s.io',
    },
    {
      run: 'api-versions',
      prints:
        /^admissionregistration\.k8s\.io\/v1\n(.*\n)*apps\/v1\n(.*\n)*autoscaling\/v1\nautoscaling\/v2\nbatch\/v1\n(.*\n)*networking\.k8s\.io\/v1\n(.*\n)*policy\/v1\nrbac\.authorization\.k8s\.io\/v1\n(.*\n)*v1(\n.*)*$/,
    },
    {
      run: 'explain deployment.spec.replicas',
      prints: /^GROUP: {2}apps\nKIND: {2}Deployment\nVERSION: {2}v1\n\nFIELD: replicas <integer>\n/,
    },
    {
      run: 'explain pods',
      prints:
        /^KIND: {2}Pod\nVERSION: {2}v1\n\nDESCRIPTION:\n[^]*\nFIELDS:\n[^]*\n {2}spec {2}<PodSpec>\n[^]*\n {2}status {2}<PodStatus>\n/,
    },
    {
      run: 'explain service.spec.ports --recursive',
      prints:
        /^KIND: {2}Service\nVERSION: {2}v1\n\nFIELD: ports <\[\]ServicePort>\n[^]*\nFIELDS:\n {2}appProtocol {2}<string>\n {2}name {2}<string>\n {2}nodePort {2}<integer>\n {2}port {2}<integer> -required-\n {2}protocol {2}<string>\n[^]*targetPort {2}<IntOrString>/,
    },
    {
      run: 'explain ingress.spec.rules.http.paths.pathType',
      prints: /^GROUP: {2}networking\.k8s\.io\nKIND: {2}Ingress\nVERSION: {2}v1\n\nFIELD: pathType <string>\n/,
    },
    {
      run: 'explain horizontalpodautoscaler --api-version=autoscaling/v1',
      prints: /^GROUP: {2}autoscaling\nKIND: {2}HorizontalPodAutoscaler\nVERSION: {2}v1\n/,
    },
    { run: 'explain pod.spec.absent', exits: 1, says: 'error: field "absent" does not exist' },
    {
      run: 'top nodes --no-headers',
      prints: '{lines}kube-worker-1  {number}m  {number}%  {number}Mi  {number}%{lines}',
    },
    { run: 'top pods', says: 'No resources found in {ns} namespace.' },
    { run: 'get --raw /healthz', prints: 'ok' },
    { run: 'get --raw /livez', prints: 'ok' },
    { run: 'get --raw /readyz?verbose', prints: /^\[\+\]ping ok\n(\[\+\][\w./-]+ ok\n)*readyz check passed$/ },
    { run: 'get --raw /version', prints: /^\{\n {2}"major": "1",\n {2}"minor": "36",/ },
    { run: 'get --raw /api', prints: /"versions":\["v1"\]/ },
    { run: 'get --raw /apis', prints: /"kind":"APIGroupList"/ },
    { run: 'get --raw /openapi/v3', prints: /"apis\/apps\/v1":/ },
    { run: 'get --raw /openapi/v2', prints: /"swagger":"2\.0"/ },
    { run: 'get --raw /metrics', prints: /^apiserver_request_total\{/m },
    { run: 'get --raw /.well-known/openid-configuration', prints: /"jwks_uri":/ },
    { run: 'config current-context', prints: 'clients' },
    {
      run: 'config get-contexts',
      prints: 'CURRENT  NAME  CLUSTER  AUTHINFO  NAMESPACE\n*  clients  clients  clients-admin',
    },
    { run: 'config view -o jsonpath={.clusters[0].name}/{.users[0].name}', prints: 'clients/clients-admin' },
    { run: 'events', says: 'No events found in {ns} namespace.' },
    { run: 'get events', says: 'No resources found in {ns} namespace.' },
    {
      run: 'proxy --port=0',
      ready: /Starting to serve on 127\.0\.0\.1:(?<port>\d+)/,
      whilst: [
        { fetch: 'http://127.0.0.1:{port}/healthz', answers: 'ok' },
        { fetch: 'http://127.0.0.1:{port}/api/v1/namespaces/{ns}', answers: /"name": ?"info-/ },
        { fetch: 'http://127.0.0.1:{port}/apis/apps/v1', answers: /"kind": ?"APIResourceList"/ },
      ],
    },
  ],
};
