/** One object of (nearly) every kind, none of which makes pods. Those of the cluster are named after the namespace. */
export const oneOfEach = `
apiVersion: v1
kind: ConfigMap
metadata: { name: cm }
data: { b: "two\\nlines\\n" }
binaryData: { c: AAEC }
---
apiVersion: v1
kind: Secret
metadata: { name: secret }
data: { password: c29tZXRoaW5n }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: sa }
---
apiVersion: v1
kind: Service
metadata: { name: cluster-ip }
spec: { selector: { app: web, tier: front }, ports: [{ name: http, port: 80, targetPort: 5000 }, { name: dns, port: 53, protocol: UDP }] }
---
apiVersion: v1
kind: Service
metadata: { name: headless }
spec: { clusterIP: None, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: external }
spec: { type: ExternalName, externalName: www.example.com }
---
apiVersion: v1
kind: Service
metadata: { name: node-port }
spec: { type: NodePort, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: balancer }
spec: { type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: node-port }
subsets: [{ addresses: [{ ip: 192.0.2.1 }, { ip: 192.0.2.2 }], ports: [{ port: 80 }] }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: slice, labels: { kubernetes.io/service-name: balancer } }
addressType: IPv4
endpoints: [{ addresses: [192.0.2.3] }]
ports: [{ name: "", port: 80 }]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: "{ns}" }
spec: { controller: example.com/none }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ing }
spec:
  ingressClassName: {ns}
  tls: [{ hosts: [a.example], secretName: cert }]
  rules: [{ host: a.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: cluster-ip, port: { name: http } } } }] } }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: policy }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: {} }] }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: pdb }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }, { name: side, image: "side:1" }] }
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: rs }
spec:
  replicas: 0
  selector: { matchLabels: { app: rs } }
  template: { metadata: { labels: { app: rs } }, spec: { containers: [{ name: web, image: "web:1" }] } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: sts }
spec:
  replicas: 0
  serviceName: headless
  selector: { matchLabels: { app: sts } }
  template: { metadata: { labels: { app: sts } }, spec: { containers: [{ name: web, image: "web:1" }] } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: ds }
spec:
  selector: { matchLabels: { app: ds } }
  template: { metadata: { labels: { app: ds } }, spec: { nodeSelector: { at: nowhere }, containers: [{ name: web, image: "web:1" }] } }
---
apiVersion: v1
kind: ReplicationController
metadata: { name: rc }
spec:
  replicas: 0
  selector: { app: rc }
  template: { metadata: { labels: { app: rc } }, spec: { containers: [{ name: web, image: "web:1" }] } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: job }
spec:
  suspend: true
  template: { spec: { restartPolicy: Never, containers: [{ name: work, image: "work:1" }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: cron }
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: work, image: "work:1" }] } } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: hpa }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  maxReplicas: 3
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }]
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: "{ns}" }
spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce, ReadOnlyMany], storageClassName: "{ns}", hostPath: { path: /tmp/none } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: claim }
spec: { accessModes: [ReadWriteMany], storageClassName: missing, resources: { requests: { storage: 2Gi } } }
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: "{ns}" }
provisioner: example.com/none
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, default: { cpu: 200m }, defaultRequest: { cpu: 100m }, max: { memory: 1Gi } }] }
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { pods: "50", limits.cpu: "2", requests.memory: 1Gi } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: role }
rules:
  - { apiGroups: [""], resources: [pods, pods/log], verbs: [get, list] }
  - { apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: ["*"] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: binding }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: role }
subjects: [{ kind: User, name: somebody }, { kind: Group, name: staff }, { kind: ServiceAccount, name: sa, namespace: "{ns}" }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: "{ns}" }
rules: [{ nonResourceURLs: [/healthz], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: "{ns}" }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "{ns}" }
subjects: [{ kind: Group, name: staff }]
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: "{ns}" }
value: 1000
description: of a test
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: { name: "{ns}" }
handler: other
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: { name: lease }
spec: { holderIdentity: somebody, leaseDurationSeconds: 15 }
---
apiVersion: v1
kind: PodTemplate
metadata: { name: template }
template: { metadata: { labels: { app: t } }, spec: { containers: [{ name: web, image: "web:1" }] } }
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: { name: revision }
revision: 3
data: { a: 1 }
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: { name: "{ns}" }
spec: {}
---
apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: { name: "{ns}" }
spec: { drivers: [] }
---
apiVersion: storage.k8s.io/v1
kind: CSIStorageCapacity
metadata: { name: capacity }
storageClassName: "{ns}"
capacity: 5Gi
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: { name: "{ns}" }
spec: { attacher: none.example.com, nodeName: nowhere, source: { persistentVolumeName: some } }
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata: { name: "{ns}" }
driverName: example.com/none
parameters: { speed: fast }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: "{ns}" }
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: { name: "{ns}" }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: "{ns}" }
spec:
  matchConstraints: { resourceRules: [{ apiGroups: [example.com], apiVersions: ["*"], operations: [CREATE], resources: [things] }] }
  validations: [{ expression: "true" }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: "{ns}" }
spec: { policyName: "{ns}", validationActions: [Deny] }
`;

const objects = [
  'configmap/cm',
  'secret/secret',
  'serviceaccount/sa',
  'service/cluster-ip',
  'service/headless',
  'service/external',
  'service/node-port',
  'service/balancer',
  'endpoints/node-port',
  'endpointslice.discovery.k8s.io/slice',
  'ingressclass.networking.k8s.io/{ns}',
  'ingress.networking.k8s.io/ing',
  'networkpolicy.networking.k8s.io/policy',
  'poddisruptionbudget.policy/pdb',
  'deployment.apps/web',
  'replicaset.apps/rs',
  'statefulset.apps/sts',
  'daemonset.apps/ds',
  'replicationcontroller/rc',
  'job.batch/job',
  'cronjob.batch/cron',
  'horizontalpodautoscaler.autoscaling/hpa',
  'persistentvolume/{ns}',
  'persistentvolumeclaim/claim',
  'storageclass.storage.k8s.io/{ns}',
  'limitrange/limits',
  'resourcequota/quota',
  'role.rbac.authorization.k8s.io/role',
  'rolebinding.rbac.authorization.k8s.io/binding',
  'clusterrole.rbac.authorization.k8s.io/{ns}',
  'clusterrolebinding.rbac.authorization.k8s.io/{ns}',
  'priorityclass.scheduling.k8s.io/{ns}',
  'runtimeclass.node.k8s.io/{ns}',
  'lease.coordination.k8s.io/lease',
  'podtemplate/template',
  'controllerrevision.apps/revision',
  'csidriver.storage.k8s.io/{ns}',
  'csinode.storage.k8s.io/{ns}',
  'csistoragecapacity.storage.k8s.io/capacity',
  'volumeattachment.storage.k8s.io/{ns}',
  'volumeattributesclass.storage.k8s.io/{ns}',
  'validatingwebhookconfiguration.admissionregistration.k8s.io/{ns}',
  'mutatingwebhookconfiguration.admissionregistration.k8s.io/{ns}',
  'validatingadmissionpolicy.admissionregistration.k8s.io/{ns}',
  'validatingadmissionpolicybinding.admissionregistration.k8s.io/{ns}',
];

/** What kubectl says about each object of `oneOfEach`. */
export const eachIs = (what: string, alwaysConfigured = false): string =>
  objects.map((object) => `${object} ${alwaysConfigured && atomic.test(object) ? 'configured' : what}`).join('\n');

// kubectl sends a patch for these whatever they are: their lists, or their selector, are replaced as a whole.
const atomic = /^(?:endpoint|limitrange|validatingadmissionpolicy\.|poddisruptionbudget|(?:cluster)?rolebinding)/;
